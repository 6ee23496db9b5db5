"""10,000 hosts, a tenth of them failing in three ways: every host in exactly one right class."""

import random

from harness import Fleet, Scan, Test, main

KINDS = {"healthy": ("ok", 9000), "silent": ("banner_silent", 500), "close": ("banner_closed_fast", 300),
         "kex_stall": ("kex_stalled", 200)}
TRIES = 10


class MixedFleet(Test):
    def test_every_host_in_its_class(self):
        kinds = [kind for kind, (_, count) in KINDS.items() for _ in range(count)]
        random.Random(1).shuffle(kinds)
        address = [f"127.{1 + i // 65536}.{i // 256 % 256}.{i % 256}" for i in range(len(kinds))]
        scenario = self.write("mixed.scenario", "".join(
            f"{host}/32 {kind}\n" for host, kind in zip(address, kinds) if kind != "healthy"))
        hosts = self.write("hosts.txt", "".join(f"{host}\n" for host in address))
        kind_of = dict(zip(address, kinds))
        wrong = self.wrong(scenario, hosts, kind_of)
        # A host that closes at once must do so within 2 ms to be known by it, and a busy machine
        # does not always let the simulated ones: those are scanned again, by themselves.
        late = [host for host, kind, got in wrong
                if (kind, got) == ("close", "banner_closed_after_start")]
        self.assertEqual([], [each for each in wrong if each[0] not in late][:10])
        for _ in range(TRIES):
            if not late:
                break
            again = self.write("late.txt", "".join(f"{host}\n" for host in late))
            late = [host for host, _, _ in self.wrong(scenario, again, {h: kind_of[h] for h in late})]
        self.assertEqual([], late)

    def wrong(self, scenario, hosts, kinds):
        """Scans once and returns every host that ended in another class than its own."""
        with Fleet(scenario) as fleet:
            scan = Scan(hosts, "-p", fleet.port, "--depth", "kex", "-t", "5", "--retries", "0",
                        "--patience", "0", "--threads", "1",  # the fleet needs a core as well
                        "--jsonl", "-")
            self.assertEqual(len(kinds), fleet.stop()["connections"])
        got = {record["host"]: record["class"] for record in scan.hosts().values()}
        self.assertEqual(set(kinds), set(got))
        return [(host, kind, got[host]) for host, kind in kinds.items()
                if got[host] != KINDS[kind][0]]


if __name__ == "__main__":
    main()
