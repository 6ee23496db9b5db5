# One scan as a Nomad batch job: each allocation is a shard.
#   nomad job run nomad.hcl
# Needs fleetscan in /usr/bin of the clients, and on each a folder that all of them share, which a task may mount:
#   client { host_volume "fleet" { path = "/srv/fleet" } }
# There the account `nobody`, which tasks run as, reads hosts.txt and writes into results/. Then, on any of them:
#   fleetscan merge /srv/fleet/results/shard-*.jsonl -o results.jsonl
variable "shards" {
  type    = number
  default = 8
}

variable "hosts" {
  type        = string
  default     = "/fleet/hosts.txt"
  description = "the inventory, as the task sees it"
}

variable "results" {
  type        = string
  default     = "/fleet/results"
  description = "where the shards go, as the task sees it"
}

job "fleetscan" {
  type = "batch"

  group "shard" {
    count = var.shards

    volume "fleet" {
      type   = "host"
      source = "fleet"
    }

    restart {
      attempts = 3
      mode     = "fail"
    }

    task "scan" {
      driver = "exec"

      volume_mount {
        volume      = "fleet"
        destination = "/fleet"
      }

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
