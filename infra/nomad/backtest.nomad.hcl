# A parameterised batch job: one back-test for each dispatch, without database or network. Prices and the
# page that it writes lie below the shared directory:
#
#   nomad job run -var image=... infra/nomad/backtest.nomad.hcl
#   nomad job dispatch -meta strategy=rsi-macd -meta data=prices.csv strategy-loop-backtest

variable "image" {
  type        = string
  description = "Image of workers and jobs, by digest."
}

variable "shared" {
  type        = string
  default     = "/srv/strategy-loop"
  description = "Directory on every node, on one file system, that holds prices/."
}

job "strategy-loop-backtest" {
  type = "batch"

  parameterized {
    payload       = "forbidden"
    meta_required = ["strategy", "data"]
    meta_optional = ["fee_bps"]
  }

  meta {
    fee_bps = "1"
  }

  group "backtest" {
    # A back-test gives the same result each time: a person decides about another try.
    restart {
      attempts = 0
      mode     = "fail"
    }

    reschedule {
      attempts  = 0
      unlimited = false
    }

    task "backtest" {
      driver = "docker"
      user   = "65532:65532"

      config {
        image = var.image

        args = [
          "bin/strategy-loop.js", "backtest",
          "--strategy", "${NOMAD_META_strategy}",
          "--data", "/prices/${NOMAD_META_data}",
          "--fee-bps", "${NOMAD_META_fee_bps}",
          "--json",
        ]

        network_mode    = "none"
        readonly_rootfs = true
        cap_drop        = ["all"]
        security_opt    = ["no-new-privileges"]
        pids_limit      = 256

        mount {
          type     = "bind"
          source   = "${var.shared}/prices"
          target   = "/prices"
          readonly = true
        }
      }

      env {
        TMPDIR = "/alloc/tmp"
        HOME   = "/alloc/tmp"
      }

      resources {
        cpu    = 1000
        memory = 1024
      }
    }
  }
}
