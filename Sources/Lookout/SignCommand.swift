import Agent
import ArgumentParser
import Auth
import Base

/// Signs one request by hand, so that a person can call an agent that wants signatures.
struct SignCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign",
        abstract: "Prints the signature headers of a request, or the curl command that sends it.",
        discussion: """
            The headers are good for a minute and for one request. The key is PRIVATE_KEY_FILE, or the one that --key \
            names; its public line must be among the AUTHORIZED_KEYS of the agent that is called.
            """
    )

    @Argument(help: "The method, such as GET.")
    var method: String

    @Argument(help: "The whole URL, or only path and query.")
    var url: String

    @Option(help: ArgumentHelp("The request's body.", valueName: "file"))
    var body: String?

    @Option(help: ArgumentHelp("The private key file; default PRIVATE_KEY_FILE.", valueName: "file"))
    var key: String?

    @Flag(help: "Print a curl command instead of the headers.")
    var curl = false

    func validate() throws {
        guard !self.method.isEmpty, self.method.utf8.allSatisfy({ (0x41...0x5a).contains($0) }) else {
            throw ValidationError("the method '\(self.method)' is not a word in capital letters")
        }
        guard Self.target(of: self.url) != nil else {
            throw ValidationError("'\(self.url)' is neither a URL with a path nor a path that begins with '/'")
        }
        guard !self.curl || self.url.contains("://") else {
            throw ValidationError("--curl needs a whole URL, such as https://host:3000/version")
        }
    }

    func run() throws {
        guard let file = self.key ?? ProcessEnvironment.privateKeyFile, !file.isEmpty else {
            throw CommandFailure("no key: set PRIVATE_KEY_FILE or say --key FILE")
        }
        var hasher = SHA256Hasher()
        if let body { try FileInput.read(body) { hasher.update($0) } }
        let signingKey: SigningKey
        do {
            signingKey = try SigningKey.load(path: file)
        } catch {
            throw CommandFailure("\(error)")
        }
        let headers = Self.headers(
            method: self.method,
            target: Self.target(of: self.url)!,
            bodyDigest: hasher.finish(),
            key: signingKey
        )
        if self.curl {
            print(self.curlCommand(headers))
        } else {
            for header in headers { print("\(header.name): \(header.value)") }
        }
    }

    static func headers(
        method: String,
        target: String,
        bodyDigest: SHA256Digest,
        key: SigningKey,
        timestamp: Int64 = UnixTime.now.seconds,
        nonce: Nonce = .random()
    ) -> [(name: String, value: String)] {
        let request = CanonicalRequest(
            method: method,
            target: target,
            bodyDigest: bodyDigest,
            timestamp: timestamp,
            nonce: nonce
        )
        return [
            ("X-Lookout-Key-ID", key.verifyingKey.keyID), ("X-Lookout-Timestamp", "\(timestamp)"),
            ("X-Lookout-Nonce", "\(nonce)"), ("X-Lookout-Signature-Version", "2"),
            ("X-Lookout-Signature", key.signature(of: request).base64url),
        ]
    }

    /// Path and query exactly as they stand; a fragment never leaves a client.
    static func target(of url: String) -> String? {
        var rest = url.prefix { $0 != "#" }
        if let separator = rest.firstRange(of: "://") {
            let behind = rest[separator.upperBound...]
            guard let slash = behind.firstIndex(of: "/"), slash > behind.startIndex else { return nil }
            rest = behind[slash...]
        }
        guard rest.hasPrefix("/"), rest.utf8.allSatisfy(\.isVisibleASCII) else { return nil }
        return String(rest)
    }

    private func curlCommand(_ headers: [(name: String, value: String)]) -> String {
        var words = ["curl", "--path-as-is", "--request", self.method]
        for header in headers { words += ["--header", Self.quoted("\(header.name): \(header.value)")] }
        if let body { words += ["--data-binary", Self.quoted("@\(body)")] }
        return (words + [Self.quoted(String(self.url.prefix { $0 != "#" }))]).joined(separator: " ")
    }

    /// For a POSIX shell.
    static func quoted(_ text: String) -> String {
        "'" + text.replacing("'", with: #"'\''"#) + "'"
    }
}
