# One scan as a Nomad batch job: each allocation is a shard.
#   nomad job run -var hosts=/srv/fleet/hosts.txt -var results=/srv/fleet/results nomad.hcl
# Then, where those folders are: fleetscan merge /srv/fleet/results/shard-*.jsonl -o results.jsonl
variable "shards" {
  type    = number
  default = 8
}

variable "hosts" {
  type        = string
  description = "the inventory, on every client"
}

variable "results" {
  type        = string
  description = "a folder that all clients share"
}

job "fleetscan" {
  type = "batch"

  group "shard" {
    count = var.shards

    restart {
      attempts = 3
      mode     = "fail"
    }

    task "scan" {
      driver = "exec"

      config {
        command = "/bin/sh"
        args = ["-c", <<-EOT
          exec fleetscan "$HOSTS" --shard auto -q --progress none --exit-zero \
            --jsonl "$RESULTS/shard-$NOMAD_ALLOC_INDEX.jsonl"
        EOT
        ]
      }

      env {
        FLEETSCAN_SHARDS = "${var.shards}"
        HOSTS            = "${var.hosts}"
        RESULTS          = "${var.results}"
      }

      resources {
        cpu    = 1000
        memory = 256
      }
    }
  }
}
