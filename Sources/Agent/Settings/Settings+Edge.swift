import EdgeTunnel

/// Settings of the way to the controller.
extension Settings {
    static let controllerGroup = SettingGroup(
        id: "controller",
        title: "The controller",
        rows: [
            drydockURL.row, privateKeyFile.row, privateKeyNextFile.row, privateKeyPassphraseFile.row,
            caCert.row, tlsSkipVerify.row, controllerPin.row, clientCert.row, clientKey.row,
            allowPlaintextController.row, allowInsecureEdgeURL.row, dockhandServerURL.row, edgeKey.row,
            edgeDialect.row,
        ]
    )

    static let drydockURL = Setting(
        "DRYDOCK_URL",
        .list,
        """
        The controller: `https://host[:port]` or `wss://…`. A path before the endpoint is kept. A URL that ends in \
        the endpoint itself (`/api/portwing/ws`, `/api/v1/portwing/ws`) is used unchanged. Several URLs, separated by \
        commas, are tried in order, beginning with the first after every loss; white space and a trailing comma are \
        ignored. An IPv6 address may have a zone, as in `https://[fe80::1%25eth0]:3000`. User information, a query or \
        a fragment is refused.
        """
    )

    static let privateKeyFile = Setting(
        "PRIVATE_KEY_FILE",
        .text,
        """
        Required with `DRYDOCK_URL`. The agent's Ed25519 private key, PKCS#8 PEM, from `lookout keygen`. A regular file \
        that other users cannot read or write. Read again for every connection, so a new key needs no restart.
        """
    )

    static let privateKeyNextFile = Setting(
        "PRIVATE_KEY_NEXT_FILE",
        .text,
        """
        The next key. When the controller does not know the first key, this one is tried once in each round, and kept \
        while it works. So you can register it, revoke the old one, and the host changes over remotely.
        """
    )

    static let privateKeyPassphraseFile = Setting(
        "PRIVATE_KEY_PASSPHRASE_FILE",
        .text,
        "File with the passphrase of encrypted private keys."
    )

    static let caCert = Setting(
        "CA_CERT",
        .text,
        default: "system roots",
        """
        PEM bundle that replaces the system's certificate authorities. Read at the start: a folder, an empty file, \
        DER, UTF-16 or a file without a usable certificate ends it with the reason. A broken entry among good ones, \
        or one with an RSA key below 2048 bits or an RSA-PSS key, is left out with a warning. A byte order mark is \
        skipped. Read again for every connection.
        """
    )

    static let tlsSkipVerify = Setting(
        "TLS_SKIP_VERIFY",
        .flag,
        """
        Accepts any certificate. Use it only for tests: without verified TLS an impostor of the controller controls \
        this host's Docker.
        """
    )

    static let controllerPin = Setting(
        "CONTROLLER_PIN",
        .text,
        """
        Pins of the controller's public key, `sha256/` and base64, separated by commas. The key must match one of \
        them, in addition to the certificate's verification; with `TLS_SKIP_VERIFY` only the pin is checked. `lookout \
        doctor` prints the pin.
        """
    )

    static let clientCert = Setting(
        "CLIENT_CERT",
        .text,
        """
        PEM file of the certificate for a TLS proxy that requests one; needs `CLIENT_KEY`. Read again for every \
        connection.
        """
    )

    static let clientKey = Setting(
        "CLIENT_KEY",
        .text,
        "PEM file of the key of `CLIENT_CERT`, without a passphrase. Read again for every connection."
    )

    static let allowPlaintextController = Setting(
        "ALLOW_PLAINTEXT_CONTROLLER",
        .flag,
        "Allows `http://` and `ws://` to a host other than this one, where an impostor of the controller controls this host's Docker."
    )

    static let allowInsecureEdgeURL = Setting(
        "ALLOW_INSECURE_EDGE_URL",
        .flag,
        "Portwing's name for `ALLOW_PLAINTEXT_CONTROLLER`; either allows it."
    )

    static let dockhandServerURL = Setting(
        "DOCKHAND_SERVER_URL",
        .text,
        """
        The controller's address in the settings of another product's agent, Hawser. If it is set, and neither \
        `DRYDOCK_URL` nor `BIND_ADDRESS` is, the agent does not start, so that it does not open a port instead of \
        dialling out.
        """
    )

    static let edgeKey = Setting(
        "EDGE_KEY",
        .text,
        isSecret: true,
        "The key of the Portainer agent; its presence counts like that of `DOCKHAND_SERVER_URL`."
    )

    static let edgeDialect = Setting(
        "EDGE_DIALECT",
        .choice(DialectChoice.auto),
        """
        Name of the protocol: `portwing`, which every released Drydock speaks; `lookout`, its former name; or `auto`, \
        which tries `portwing` first, and `lookout` when the controller does not answer the upgrade, does not have \
        that path, or answers `protocol-mismatch`. A `DRYDOCK_URL` that ends in an endpoint decides by itself.
        """
    )

    static let proxiesGroup = SettingGroup(
        id: "proxies",
        title: "Proxies",
        rows: [
            httpsProxy.row, httpProxy.row, allProxy.row, noProxy.row,
        ]
    )

    static let httpsProxy = Setting("HTTPS_PROXY", .eitherCase, isSecret: true, "For `https` and `wss` controllers.")

    static let httpProxy = Setting("HTTP_PROXY", .eitherCase, isSecret: true, "For `http` and `ws` controllers.")

    static let allProxy = Setting(
        "ALL_PROXY",
        .eitherCase,
        isSecret: true,
        "For a controller for which the other two are not set."
    )

    static let noProxy = Setting(
        "NO_PROXY",
        .eitherCase,
        """
        Targets without a proxy: names with their subdomains (`example.org`, `.example.org`), addresses, networks \
        (`10.0.0.0/8`, `fd00::/8`), each with an optional port, or `*`; separated by commas. Quotes, a scheme, a path \
        and a final dot are ignored. The agent warns at the start of an entry that cannot match anything.
        """
    )

    static let agentGroup = SettingGroup(
        id: "agent",
        title: "Who the agent is",
        rows: [
            agentName.row, agentID.row,
        ]
    )

    static let agentName = Setting(
        "AGENT_NAME",
        .text,
        default: "host name",
        """
        The name the controller shows, at most 256 characters. The controller ties it to the key, so set it where the \
        host name changes, as in a container.
        """
    )

    static let agentID = Setting(
        "AGENT_ID",
        .text,
        default: "from the key",
        """
        1 to 64 letters, digits, `_` and `-`. The default is derived from the public key and stays the same as long \
        as the key does.
        """
    )

    static let connectionGroup = SettingGroup(
        id: "connection",
        title: "The connection",
        rows: [
            heartbeatInterval.row, welcomeTimeout.row, reconnectDelay.row, maxReconnectDelay.row,
            park.row, stateDir.row,
        ]
    )

    static let heartbeatInterval = Setting(
        "HEARTBEAT_INTERVAL",
        .number(30, "s", in: 1...3600),
        """
        Between two pings of the agent; {range}. Where a device on the path drops idle connections sooner, the agent \
        learns it and pings more often. When a controller does not answer a ping and sends nothing else, the agent \
        pings again every 10 s and ends the session after 30 s. If it never answered a ping, the session ends after a \
        silence of twice the interval, at least 60 s. Every received frame counts as a sign of life. So where only \
        the outbound direction is dead, the session lasts until the controller gives up, for a Drydock 60 s.
        """
    )

    static let welcomeTimeout = Setting(
        "WELCOME_TIMEOUT",
        .number(30, "s", in: 1...3600),
        "From the signed hello to the controller's welcome; {range}."
    )

    static let reconnectDelay = Setting(
        "RECONNECT_DELAY",
        .number(1, "s", in: 1...86400),
        """
        First wait of the back-off, {range}. It doubles with every failure, with a jitter of ± 25 %, and starts over \
        after a session that lasted 30 s.
        """
    )

    static let maxReconnectDelay = Setting(
        "MAX_RECONNECT_DELAY",
        .number(60, "s", in: 1...86400),
        "Longest wait of the back-off, {range} and not below `RECONNECT_DELAY`."
    )

    static let park = Setting(
        "PARK",
        .choice(TunnelSettings.ParkMode.wait),
        """
        What happens when an operator must act (for example because the controller does not know the key): `wait` \
        parks the agent, logs why, dials every five minutes, within 5 s of a SIGHUP, and at once after `lookout dial` \
        or when a key file changes; `exit` ends with status 1, at least 5 s after the start.
        """
    )

    static let stateDir = Setting(
        "STATE_DIR",
        .text,
        """
        A folder on a local disk that only the agent can write; for both modes. Edge mode keeps the last 50 \
        connection attempts in it (`attempts.jsonl`). Standard mode with `AUTHORIZED_KEYS` keeps the nonces of signed \
        requests in it (`replay.journal`, at most about 96 bytes for each of `NONCE_LRU_SIZE`), so that a request \
        that was answered is refused [after a restart too](security-model.md#credentials). With `POLICY_MODE=learn` it \
        keeps what was asked for (`policy-seen`, at most 16 MiB). The units, images and compose files of this project \
        set it.
        """
    )
}
