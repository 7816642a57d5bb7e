import Base

/// Names of variables that a Compose request must not set.
///
/// Compose takes what a stack's environment files say into its own environment, and so into that of the programs it starts.
/// These names change which programs run, which engine, builder or proxy they talk to, whom they trust, or which files
/// Compose reads. Names that only mean something to an image (`GIT_COMMIT`, `DOCKER_TAG`, `PYTHONUNBUFFERED`) are left alone.
enum ComposeVariables {
    /// Compared as they are written.
    static let names: Set = [
        // The shell and the C library.
        "PATH", "HOME", "SHELL", "BASH_ENV", "ENV", "CDPATH", "IFS", "PS4", "PROMPT_COMMAND", "SHELLOPTS", "BASHOPTS",
        "GCONV_PATH", "LOCPATH", "NLSPATH", "HOSTALIASES", "LOCALDOMAIN", "RES_OPTIONS", "RESOLV_HOST_CONF",
        "GLIBC_TUNABLES", "MALLOC_TRACE", "TMPDIR",
        // The docker command and its builder.
        "DOCKER_HOST", "DOCKER_CONFIG", "DOCKER_CERT_PATH", "DOCKER_TLS", "DOCKER_TLS_VERIFY", "DOCKER_CONTEXT",
        "DOCKER_API_VERSION", "DOCKER_AUTH_CONFIG", "DOCKER_CUSTOM_HEADERS", "BUILDKIT_HOST",
        // What is fetched over git and SSH.
        "GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSH_VARIANT", "GIT_ASKPASS", "GIT_EXEC_PATH", "GIT_PROXY_COMMAND",
        "GIT_EXTERNAL_DIFF", "GIT_EDITOR", "GIT_PAGER", "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE",
        "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_TEMPLATE_DIR", "GIT_ALLOW_PROTOCOL",
        "SSH_AUTH_SOCK", "SSH_ASKPASS", "SSH_ASKPASS_REQUIRE",
        // Whom programs trust.
        "SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE", "CURL_CA_BUNDLE", "CURL_HOME", "REQUESTS_CA_BUNDLE",
        // The languages that these programs are written in.
        "GODEBUG", "PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "PERL5LIB", "PERL5OPT",
    ]
    static let prefixes = [
        "LD_", "DOCKER_CLI_", "BUILDX_", "GIT_CONFIG", "GIT_SSL_", "GIT_TRACE", "XDG_", "COMPOSE_",
    ]
    /// Of those with the prefix `COMPOSE_`: they name or tune a stack, and lead to no other file.
    static let allowedComposeNames: Set = [
        "COMPOSE_PROJECT_NAME", "COMPOSE_PROFILES", "COMPOSE_PARALLEL_LIMIT", "COMPOSE_HTTP_TIMEOUT",
        "COMPOSE_IGNORE_ORPHANS", "COMPOSE_REMOVE_ORPHANS", "COMPOSE_CONVERT_WINDOWS_PATHS", "COMPOSE_ANSI",
        "COMPOSE_PROGRESS", "COMPOSE_STATUS_STDOUT", "COMPOSE_MENU", "COMPOSE_DOCKER_CLI_BUILD",
    ]
    /// In any case: programs take both, and some take every mixture.
    static let proxies: Set = ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "ALL_PROXY", "NO_PROXY"]

    static func isDenied(_ name: String) -> Bool {
        if self.names.contains(name) || self.proxies.contains(name.uppercased()) { return true }
        return self.prefixes.contains { name.hasPrefix($0) } && !self.allowedComposeNames.contains(name)
    }

    /// The first denied name that an environment file might set.
    ///
    /// The programs that read such files differ in quotes, comments and line ends, so this one reads more assignments than any of
    /// them: a denied name before a `=` counts wherever it stands, before a `:` where a name may begin. Only a comment line
    /// without a quote is passed over; with one it may be the inside of a value whose end brings another name.
    static func firstDenied(in file: [UInt8]) -> String? {
        // Line by line: a list of all lines would take many times the memory of the file.
        var rest = file[...]
        while !rest.isEmpty {
            let line = rest.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") && $0 != 0 }
            rest = rest[line.endIndex...].dropFirst()
            let isComment = line.first { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") } == UInt8(ascii: "#")
            let hasQuote = line.contains { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "'") }
            if isComment && !hasQuote { continue }
            if let name = self.firstDenied(inLine: line) { return name }
        }
        return nil
    }

    private static func firstDenied(inLine line: ArraySlice<UInt8>) -> String? {
        var cursor = line.startIndex
        while let start = line[cursor...].firstIndex(where: \.isPartOfName) {
            let end = line[start...].firstIndex { !$0.isPartOfName } ?? line.endIndex
            cursor = end
            let next = line[end...].first { !$0.isSpaceOrQuote }
            let beginsStatement = start == line.startIndex || line[start - 1].isSpaceOrQuote
            let isSet = next == UInt8(ascii: "=") || (next == UInt8(ascii: ":") && beginsStatement)
            let name = String(decoding: line[start..<end], as: UTF8.self)
            if isSet && self.isDenied(name) { return name }
        }
        return nil
    }
}

extension UInt8 {
    /// Compose takes names with a dot or a hyphen too, as wholes.
    fileprivate var isPartOfName: Bool {
        self.isAlphanumeric || self == UInt8(ascii: "_") || self == UInt8(ascii: ".") || self == UInt8(ascii: "-")
    }

    /// White space in the sense of any reader (the bytes of a longer character included) and quotes: what may stand before a
    /// name, or between it and its sign.
    fileprivate var isSpaceOrQuote: Bool {
        self <= 0x20 || self >= 0x7f || self == UInt8(ascii: "\"") || self == UInt8(ascii: "'")
    }
}
