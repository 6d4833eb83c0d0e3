# The loop's workers as Nomad services: workflows, store and launch, each with the rights of its role
# alone. Postgres and Temporal run where you run such servers; docs/nomad.md says what else is needed.

variable "image" {
  type        = string
  description = "Image of workers and jobs, by digest."
}

variable "temporal_address" {
  type        = string
  description = "host:port of the Temporal frontend."
}

variable "nomad_address" {
  type        = string
  description = "https://host:4646, as the launch worker reaches it."
}

variable "shared" {
  type        = string
  default     = "/srv/strategy-loop"
  description = "Directory on every node, on one file system, that belongs to user 65532."
}

job "strategy-loop" {
  type = "service"

  constraint {
    attribute = "${attr.kernel.name}"
    value     = "linux"
  }

  update {
    max_parallel     = 1
    min_healthy_time = "10s"
    healthy_deadline = "3m"
    auto_revert      = true
  }

  group "workflows" {
    count = 2

    network {
      port "health" {}
    }

    service {
      name     = "strategy-loop-workflows"
      port     = "health"
      provider = "nomad"

      check {
        type     = "http"
        path     = "/readyz"
        interval = "10s"
        timeout  = "5s"
      }
    }

    task "worker" {
      driver = "docker"
      user   = "65532:65532"
      # Longer than the grace that a worker gives itself.
      kill_timeout = "25s"

      config {
        image           = var.image
        args            = ["bin/strategy-loop.js", "worker", "--role", "workflows"]
        ports           = ["health"]
        readonly_rootfs = true
        cap_drop        = ["all"]
        security_opt    = ["no-new-privileges"]
        pids_limit      = 512
      }

      env {
        TEMPORAL_ADDRESS              = var.temporal_address
        STRATEGY_LOOP_METRICS_ADDRESS = "0.0.0.0:${NOMAD_PORT_health}"
        TMPDIR                        = "/alloc/tmp"
      }

      resources {
        cpu    = 500
        memory = 512
      }
    }
  }

  group "store" {
    count = 1

    network {
      port "health" {}
    }

    service {
      name     = "strategy-loop-store"
      port     = "health"
      provider = "nomad"

      check {
        type     = "http"
        path     = "/readyz"
        interval = "10s"
        timeout  = "5s"
      }
    }

    task "worker" {
      driver       = "docker"
      user         = "65532:65532"
      kill_timeout = "25s"

      config {
        image           = var.image
        args            = ["bin/strategy-loop.js", "worker", "--role", "store"]
        ports           = ["health"]
        readonly_rootfs = true
        cap_drop        = ["all"]
        security_opt    = ["no-new-privileges"]
        pids_limit      = 512

        mount {
          type   = "bind"
          source = "${var.shared}/artifacts"
          target = "${var.shared}/artifacts"
        }
      }

      # The database's URL is a Nomad variable that this job alone may read.
      template {
        destination = "${NOMAD_SECRETS_DIR}/database.env"
        env         = true
        data        = "DATABASE_URL={{ with nomadVar \"nomad/jobs/strategy-loop/store/worker\" }}{{ .database_url }}{{ end }}"
      }

      env {
        TEMPORAL_ADDRESS              = var.temporal_address
        STRATEGY_LOOP_ARTIFACTS       = "${var.shared}/artifacts"
        STRATEGY_LOOP_METRICS_ADDRESS = "0.0.0.0:${NOMAD_PORT_health}"
        TMPDIR                        = "/alloc/tmp"
      }

      resources {
        cpu    = 500
        memory = 512
      }
    }
  }

  group "launch" {
    count = 1

    network {
      port "health" {}
    }

    service {
      name     = "strategy-loop-launch"
      port     = "health"
      provider = "nomad"

      check {
        type     = "http"
        path     = "/readyz"
        interval = "10s"
        timeout  = "5s"
      }
    }

    task "worker" {
      driver       = "docker"
      user         = "65532:65532"
      kill_timeout = "25s"

      config {
        image = var.image
        args  = ["bin/strategy-loop.js", "worker", "--role", "launch", "--launcher", "nomad"]
        ports = ["health"]

        readonly_rootfs = true
        cap_drop        = ["all"]
        security_opt    = ["no-new-privileges"]
        pids_limit      = 512

        mount {
          type   = "bind"
          source = var.shared
          target = var.shared
        }
      }

      # The token of the policy in launch-policy.hcl; it is read anew before every request.
      template {
        destination = "${NOMAD_SECRETS_DIR}/launcher-token"
        change_mode = "noop"
        perms       = "400"
        uid         = 65532
        gid         = 65532
        data        = "{{ with nomadVar \"nomad/jobs/strategy-loop/launch/worker\" }}{{ .launcher_token }}{{ end }}"
      }

      env {
        TEMPORAL_ADDRESS               = var.temporal_address
        NOMAD_ADDR                     = var.nomad_address
        STRATEGY_LOOP_NOMAD_TOKEN_FILE = "${NOMAD_SECRETS_DIR}/launcher-token"
        STRATEGY_LOOP_IMAGE            = var.image
        STRATEGY_LOOP_ARTIFACTS        = "${var.shared}/artifacts"
        STRATEGY_LOOP_JOBS             = "${var.shared}/jobs"
        STRATEGY_LOOP_JOBS_MAX         = "8"
        STRATEGY_LOOP_METRICS_ADDRESS  = "0.0.0.0:${NOMAD_PORT_health}"
        TMPDIR                         = "/alloc/tmp"
      }

      resources {
        cpu    = 500
        memory = 512
      }
    }
  }
}
