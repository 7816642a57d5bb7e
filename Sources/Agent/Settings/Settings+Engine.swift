import ContainerChecks
import ContainerWatch
import DockerBridge
import Policy

/// Settings of the engine, of what is told about it, and of output.
extension Settings {
    static let engineGroup = SettingGroup(
        id: "engine",
        title: "The Docker engine",
        rows: [
            dockerSocket.row, dockerHost.row, dockerCertPath.row, dockerTLSVerify.row,
            requestTimeout.row, memoryBudget.row, maxExecSessions.row, maxStreamSessions.row,
            execOrphans.row, admission.row, policy.row, policyFile.row, policyMode.row, readOnly.row,
            auditProfile.row, admissionAccepted.row, admissionRules.row,
        ]
    )

    static let dockerSocket = Setting(
        "DOCKER_SOCKET",
        .text,
        "Absolute path of the engine's socket, at most 107 bytes, with or without `unix://`."
    )

    static let dockerHost = Setting(
        "DOCKER_HOST",
        .text,
        "`unix:///path` or `tcp://host[:port]`. The default port is 2375, or 2376 with TLS."
    )

    static let dockerCertPath = Setting(
        "DOCKER_CERT_PATH",
        .text,
        "Folder with `ca.pem`, `cert.pem` and `key.pem`; turns TLS on for a `tcp://` engine."
    )

    static let dockerTLSVerify = Setting(
        "DOCKER_TLS_VERIFY",
        .flag,
        "Checks the engine's certificate against `ca.pem`; needs `DOCKER_CERT_PATH`."
    )

    static let requestTimeout = Setting(
        "REQUEST_TIMEOUT",
        .number(30, "s", in: 0...3600),
        """
        For the head of the engine's answer, through the tunnel for the complete answer of a request that does not \
        stream; {range}, 0 means no limit. Stopping a container has more time, and what may take long has no limit, \
        through the tunnel 1 h: [the list](standard.md#how-long-an-answer-may-take).
        """
    )

    /// With far less, not even one read from the engine for each of a handful of streams would fit.
    static let memoryBudget = Setting(
        "MEMORY_BUDGET",
        .bytes(MemoryBudget.defaultLimit, in: (1 << 20)...(4 << 30)),
        """
        Bytes in all queues of the process together: frames for the controller, its messages under assembly, answers \
        and logs that are gathered whole (for a client, a controller or the agent itself), queued events, the agent's \
        own answers that a client has not read, input for processes. {range}; `k`, `m` and `g` are powers of 1024. \
        When it is used up, the engine is not read until some of the bytes have left. An answer that does not get \
        room within `REQUEST_TIMEOUT` becomes an error. One answer may take half of it, and the body of a request \
        must fit the other half. Clients of the listener without a verified credential \
        [share](standard.md#before-a-credential-is-verified) 32 MiB or half of it, whichever is less.
        """
    )

    /// Each may hold one read off the engine's socket beside `MEMORY_BUDGET`: 64 MiB for a thousand.
    static let maxExecSessions = Setting(
        "MAX_EXEC_SESSIONS",
        .number(100, in: 1...1000),
        """
        Exec sessions at a time, {range}, in both modes. In standard mode all upgraded connections count: exec, \
        attach, BuildKit sessions; so do an attach and the start of an exec without an upgrade. More are refused: \
        through the tunnel with `session limit reached`, by the listener with 503. Each may hold 64 KiB beside \
        `MEMORY_BUDGET`.
        """
    )

    static let maxStreamSessions = Setting(
        "MAX_STREAM_SESSIONS",
        .optionalNumber(in: 1...65536),
        """
        Streamed answers at a time, {range}, in both modes: logs, events, build, pull; through the tunnel attach and \
        an exec without an upgrade, too, and in standard mode `stats`. More are answered 503. Without it, streams \
        have no limit of their own: through the tunnel they count among the 100 requests, in standard mode among \
        `MAX_CONNECTIONS`. Logs that the controller's own log view follows are not counted.
        """
    )

    static let execOrphans = Setting(
        "EXEC_ORPHANS",
        .choice(ExecOrphans.kill),
        """
        What happens to an exec's process when its session ends first, for example by a lost connection: `kill` ends \
        it, `leave` lets it run. [More](exec.md).
        """
    )

    static let admission = Setting(
        "ADMISSION",
        .choice(Admission.Mode.off),
        """
        Whether containers are checked before they are created, in both modes: `off` checks none, `warn` creates them \
        and reports dangerous settings, `deny` refuses those containers. [More](admission.md).
        """
    )

    static let policy = Setting(
        "POLICY",
        .text,
        default: "`all`",
        "What this host allows: presets joined by `+`, as in `operate+exec`. [More](policy.md#presets)."
    )

    static let policyFile = Setting(
        "POLICY_FILE",
        .text,
        "A file of [rules](policy.md#rules) in the place of `POLICY`. Read again after a SIGHUP."
    )

    static let policyMode = Setting(
        "POLICY_MODE",
        .choice(PolicyMode.enforce),
        """
        What becomes of a request that is not allowed: `enforce` refuses it, `warn` reports it, `learn` remembers what \
        is asked for in `STATE_DIR`. [More](policy.md#a-refusal).
        """
    )

    static let readOnly = Setting("READ_ONLY", .flag, "The same as `POLICY=look`.")

    static let auditProfile = Setting(
        "AUDIT_PROFILE",
        .choice(Profile.standard),
        """
        The [rules](audit.md#options) with which the agent checks running containers, for \
        [findings](endpoints.md#dangerous-containers) and metrics: `default`, `seed`, `cis`, `pss-baseline`, \
        `pss-restricted`, `full`.
        """
    )

    static let admissionAccepted = Setting(
        "ADMISSION_ACCEPTED",
        .text,
        """
        A file of [accepted findings](admission.md#how-to-allow-one-container) for a container and an image, each \
        with a reason and preferably an end.
        """
    )

    static let admissionRules = Setting(
        "ADMISSION_RULES",
        .text,
        default: "[a list](admission.md#which-rules)",
        "The rules that count, by id, with commas between them."
    )

    static let inventoryGroup = SettingGroup(
        id: "inventory",
        title: "What the controller is told",
        rows: [
            pollInterval.row, sendEnv.row, hostProc.row, hostRoot.row, skipDiskSpace.row,
        ]
    )

    static let pollInterval = Setting(
        "DD_POLL_INTERVAL",
        .number(300, "s", in: 1...86400),
        """
        Between two lists of all containers; {range}. Values below 5 count as 5, with a warning. An interval in the controller's \
        welcome takes precedence.
        """
    )

    static let sendEnv = Setting(
        "SEND_ENV",
        .flag,
        """
        Sends the values of environment variables with each container. Without it they are not sent; a controller \
        that inspects containers through the tunnel still sees them.
        """
    )

    static let hostProc = Setting(
        "HOST_PROC",
        .text,
        default: "`/proc`",
        """
        Where the host's `/proc` is, for an agent in a container: mount it read-only, for example at `/host/proc`. \
        Without it the figures of processors and memory are still the host's, but those of the network are the \
        container's own.
        """
    )

    static let hostRoot = Setting(
        "HOST_ROOT",
        .text,
        """
        Where the host's `/` is, for example `/host/root`. The agent reports the room of the file system with the \
        engine's data folder there, or why it cannot.
        """
    )

    static let skipDiskSpace = Setting(
        "SKIP_DF_COLLECTION",
        .flag,
        "Does not query the file system; its figures are left out of the metrics page, and 0 in the `metrics` frames."
    )

    static let terminalGroup = SettingGroup(
        id: "terminal",
        title: "Results on a terminal",
        rows: [
            noColor.row, term.row,
        ]
    )

    static let noColor = Setting("NO_COLOR", .text, "Any value: no colours.")

    static let term = Setting("TERM", .text, "`dumb`: no colours.")

    static let loggingGroup = SettingGroup(
        id: "log",
        title: "The log",
        rows: [
            logLevel.row, logFormat.row,
        ]
    )

    static let logLevel = Setting(
        "LOG_LEVEL",
        .choice(LogLevel.info, synonyms: ["trace": .debug, "warning": .warn]),
        "`debug` (also `trace`), `info`, `warn` (also `warning`) or `error`."
    )

    static let logFormat = Setting(
        "LOG_FORMAT",
        .optionalChoice(LogFormat.self),
        default: "`json`; on a terminal `text`, under systemd `journal`",
        """
        `json`: one JSON object per line with `time`, `level`, `msg` and then the fields. `text`: the same for people. \
        `journal`: text with the priority in front (`<4>`) instead of the time, so that `journalctl -p warning` finds \
        what it should; it is chosen when standard output is the journal's (`JOURNAL_STREAM`).
        """
    )
}
