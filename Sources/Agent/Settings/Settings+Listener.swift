import Auth
import Trail

/// Settings of the listener, and of what standard mode serves.
extension Settings {
    static let listenerGroup = SettingGroup(
        id: "listener",
        title: "The listener",
        rows: [
            bindAddress.row, port.row, allowedHosts.row, allowedOrigins.row,
        ]
    )

    static let bindAddress = Setting(
        "BIND_ADDRESS",
        .text,
        default: "`127.0.0.1`, in standard mode `0.0.0.0`",
        "An IP address, a host name, or `unix:/path` for a socket file that only the agent's own user can open."
    )

    static let port = Setting(
        "PORT",
        .number(3000, in: 0...65535),
        "{range}; 0 takes any free port, which the log names."
    )

    static let allowedHosts = Setting(
        "ALLOWED_HOSTS",
        .list,
        """
        Names and addresses, separated by commas and without a port, that a request without a credential may carry in \
        `Host` beside those of loopback. [More](standard.md#browsers).
        """
    )

    static let allowedOrigins = Setting(
        "ALLOWED_ORIGINS",
        .list,
        """
        Origins, as in `https://ui.example.org`, separated by commas, whose pages may use the listener where no \
        credential is asked for, and `/_lookout/mcp` with one. [More](standard.md#browsers).
        """
    )

    static let standardGroup = SettingGroup(
        id: "standard",
        title: "Standard mode",
        rows: [
            tokenFile.row, agentSecretFile.row, token.row, agentSecret.row, tokenHashFile.row,
            tokenHash.row, authorizedKeys.row, authorizedKeysFile.row, enrollmentToken.row,
            enrollmentTokenFile.row, allowPlaintextEnrollment.row, allowUnauthenticated.row,
            allowUnauthenticatedRemote.row, trustedProxies.row, maxClockSkew.row, nonces.row,
            tlsCert.row, tlsKey.row, tlsClientCA.row, maxConnections.row, auditLog.row,
            auditBufferSize.row,
        ]
    )

    static let tokenFile = Setting(
        "TOKEN_FILE",
        .text,
        "File of the shared secret."
    )

    static let agentSecretFile = Setting(
        "DD_AGENT_SECRET_FILE",
        .text,
        "Another name of `TOKEN_FILE`, which takes precedence."
    )

    static let token = Setting("TOKEN", .text, isSecret: true, "The shared secret itself; a file takes precedence.")

    static let agentSecret = Setting(
        "DD_AGENT_SECRET",
        .text,
        isSecret: true,
        "Another name of `TOKEN`, which takes precedence."
    )

    static let tokenHashFile = Setting(
        "TOKEN_HASH_FILE",
        .text,
        "File of the shared secret as an Argon2id string from `lookout hash-token`, instead of a token."
    )

    static let tokenHash = Setting(
        "TOKEN_HASH",
        .text,
        isSecret: true,
        "The Argon2id string itself; `TOKEN_HASH_FILE` takes precedence."
    )

    static let authorizedKeys = Setting(
        "AUTHORIZED_KEYS",
        .text,
        """
        File of the public keys whose signatures are accepted. Read again on SIGHUP. With `ENROLLMENT_TOKEN` a \
        missing file is created, empty and with mode 0600.
        """
    )

    static let authorizedKeysFile = Setting(
        "AUTHORIZED_KEYS_FILE",
        .text,
        "Another name of `AUTHORIZED_KEYS`, which takes precedence."
    )

    static let enrollmentToken = Setting(
        "ENROLLMENT_TOKEN",
        .text,
        isSecret: true,
        """
        A secret of at least 16 characters with which one controller may add its key to the file in \
        `AUTHORIZED_KEYS`, once, at `POST /api/lookout/enroll`.
        """
    )

    static let enrollmentTokenFile = Setting(
        "ENROLLMENT_TOKEN_FILE",
        .text,
        "File of the secret of `ENROLLMENT_TOKEN`, which takes precedence."
    )

    static let allowPlaintextEnrollment = Setting(
        "ALLOW_PLAINTEXT_ENROLLMENT",
        .flag,
        "Allows the enrollment over plain HTTP, where a third party on the path could use the secret first."
    )

    static let allowUnauthenticated = Setting(
        "ALLOW_UNAUTHENTICATED",
        .flag,
        "Starts without any credential, on a loopback address or a Unix socket."
    )

    static let allowUnauthenticatedRemote = Setting(
        "ALLOW_UNAUTHENTICATED_REMOTE",
        .flag,
        """
        Starts without any credential on any address, together with `ALLOW_UNAUTHENTICATED`. In edge mode, by itself: \
        permits the local listener on any address.
        """
    )

    static let trustedProxies = Setting(
        "TRUSTED_PROXIES",
        .text,
        "Addresses and networks, separated by commas, whose `X-Forwarded-For` and `X-Real-IP` are trusted."
    )

    static let maxClockSkew = Setting(
        "MAX_CLOCK_SKEW_SECONDS",
        .number(60, "s", in: 1...3600),
        "How far the time of a signature may be off; {range}."
    )

    static let nonces = Setting(
        "NONCE_LRU_SIZE",
        .number(10000, in: 100...1_000_000),
        """
        Nonces remembered, {range}; each is kept for two windows of `MAX_CLOCK_SKEW_SECONDS` and 5 s. Half of them \
        are reserved in equal parts for the authorized keys. A key whose share is used up is answered 503 with \
        `X-Lookout-Reason: nonce-table-full`.
        """
    )

    static let tlsCert = Setting(
        "TLS_CERT",
        .text,
        "PEM file of the certificate, which may be a chain; needs `TLS_KEY`. Read again on SIGHUP."
    )

    static let tlsKey = Setting(
        "TLS_KEY",
        .text,
        """
        PEM file of the key of `TLS_CERT`: RSA, ECDSA on P-256, P-384 or P-521, or Ed25519, without a passphrase; one \
        for RSA-PSS alone is refused. Read again on SIGHUP.
        """
    )

    static let tlsClientCA = Setting(
        "TLS_CLIENT_CA",
        .text,
        "PEM bundle; clients must show a certificate that one of these signed."
    )

    static let maxConnections = Setting(
        "MAX_CONNECTIONS",
        .number(4096, in: 16...65536),
        """
        Client connections at a time, {range}. One address may have a quarter of them; clients without a verified \
        credential share [half of them](standard.md#before-a-credential-is-verified).
        """
    )

    static let auditLog = Setting(
        "AUDIT_LOG",
        .text,
        """
        `stdout`, `stderr` or a file, in both modes: one line for every request that was allowed or refused, and for \
        every exec. Through the tunnel the actor is the controller's URL. Query strings are omitted, because they may \
        hold a container's environment. Reopened on SIGHUP; a symbolic link is not followed. `PRIVATE_KEY_FILE` signs \
        it in both modes; standard mode without that key logs at the start that the trail is not signed. `lookout \
        audit-log verify FILE` finds a changed line.
        """
    )

    static let auditBufferSize = Setting(
        "AUDIT_BUFFER_SIZE",
        .number(256, in: 0...AuditTrail.maxRingCapacity),
        "Records of the audit trail that standard mode keeps in memory and serves at `/_lookout/audit`; {range}."
    )

    static let adapterGroup = SettingGroup(
        id: "adapter",
        title: "Beside the engine",
        rows: [
            adapter.row, compose.row, stacksDir.row, composeTimeout.row,
        ]
    )

    static let adapter = Setting(
        "ADAPTER",
        .choice(Adapter.drydock),
        """
        `drydock`: `/api/…`, for a Drydock that reaches the agent directly. `generic`: `/api/v1/…`, for all other \
        clients. [More](endpoints.md).
        """
    )

    static let compose = Setting(
        "COMPOSE",
        .optionalFlag,
        default: "`true`; in edge mode `false`",
        """
        Serves [Compose operations](compose.md) of clients, in edge mode of the controller. With `false` they are answered \
        with 404, and neither `/_lookout/info` nor the hello lists `compose`.
        """
    )

    static let stacksDir = Setting(
        "STACKS_DIR",
        .text("/data/stacks"),
        "The folder of all stacks."
    )

    static let composeTimeout = Setting(
        "COMPOSE_TIMEOUT",
        .number(1800, "s", in: 10...86400),
        "How long one Compose operation may take; {range}."
    )
}
