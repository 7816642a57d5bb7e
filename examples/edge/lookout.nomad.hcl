# An agent on every Nomad client that has Docker: nomad job run -var drydock_url=https://host:port lookout.nomad.hcl
#
# Each client has a key of its own, at /etc/lookout/agent.pem, owner 65532, mode 0400: a controller ties a key to one
# name. The clients' Docker plugin must allow mounts of the host: volumes { enabled = true }.
variable "drydock_url" {
  type        = string
  description = "The address of the controller, https://host:port."
}

variable "docker_gid" {
  type        = string
  description = "The group of /var/run/docker.sock on the clients."
  default     = "998"
}

variable "image" {
  type        = string
  description = "An image that the clients can pull; with the tag latest Nomad asks a registry each time."
}

job "lookout" {
  type = "system"

  constraint {
    attribute = "${attr.kernel.name}"
    value     = "linux"
  }

  group "agent" {
    restart {
      attempts = 3
      interval = "5m"
      delay    = "15s"
      mode     = "delay"
    }

    task "lookout" {
      driver       = "docker"
      user         = "65532:65532"
      kill_timeout = "15s"

      config {
        image           = var.image
        group_add       = [var.docker_gid]
        readonly_rootfs = true
        cap_drop        = ["all"]
        security_opt    = ["no-new-privileges"]
        pids_limit      = 64

        # The folder, not the socket alone: a restart of Docker may make another socket.
        mount {
          type     = "bind"
          source   = "/var/run"
          target   = "/host/run"
          readonly = true
        }

        mount {
          type     = "bind"
          source   = "/etc/lookout"
          target   = "/etc/lookout"
          readonly = true
        }
      }

      env {
        DRYDOCK_URL      = var.drydock_url
        AGENT_NAME       = "${node.unique.name}"
        PRIVATE_KEY_FILE = "/etc/lookout/agent.pem"
        DOCKER_SOCKET    = "/host/run/docker.sock"
      }

      resources {
        cpu    = 50
        memory = 256
      }
    }
  }
}
