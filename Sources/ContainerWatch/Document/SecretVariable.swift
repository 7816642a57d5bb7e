import Base

/// Which variables hold a secret, by their names and, where these say nothing, by the form of their values.
///
/// Works on bytes: this is asked for each variable of each container, and a search in a string goes by characters.
enum SecretVariable {
    static func isSecret(name: String, value: String) -> Bool {
        guard !value.isEmpty else { return false }
        if self.beginnings.contains(where: { value.utf8.starts(with: $0) }) || self.isPrivateKey(value) { return true }
        // An address tells by itself whether there is a password in it, whatever the variable is called.
        if let hasPassword = self.passwordInAddress(value) { return hasPassword }
        if value.utf8.starts(with: self.secretsFolder) { return false }
        let name = Array(name.uppercased().utf8)
        if self.endings.contains(where: { self.ends(name, with: $0) }) { return false }
        if self.starts.contains(where: { name.starts(with: $0) }) { return false }
        if self.switches.contains(where: { self.holds(name, $0) }) || self.isSwitch(value) { return false }
        let isNamed =
            self.words.contains { self.holds(name, $0) } || self.lastWords.contains { self.ends(name, with: $0) }
            || self.hasToken(name) || self.wholeNames.contains(name)
        if isNamed { return !(self.isPlural(name) && value.utf8.allSatisfy(\.isDigit)) }
        return self.holdsAssignment(value)
    }

    private static let words = [
        "PASSWORD", "PASSWD", "PASSPHRASE", "SECRET", "API_KEY", "APIKEY", "AUTHKEY", "AUTH_KEY", "PRIVATE_KEY",
        "CREDENTIAL",
        "ENCRYPTION_KEY", "SIGNING_KEY", "MASTER_KEY", "SESSION_KEY", "HTPASSWD",
    ].map { Array($0.utf8) }
    private static let wholeNames = ["PASS", "APP_KEY"].map { Array($0.utf8) }
    private static let lastWords = ["_PASS", "_PWD", "_PSW", "_CLAIM", "_PAT", "_APP_KEY"].map { Array($0.utf8) }
    /// Of a file, an address or a setting of what the rest names.
    private static let endings = [
        "_FILE", "_FILES", "_PATH", "_DIR", "_TTL", "_EXPIRY", "_EXPIRES", "_EXPIRES_IN", "_EXPIRATION", "_EXPIRE",
        "_LIFETIME",
        "_AGE", "_TIMEOUT", "_INTERVAL", "_LENGTH", "_LEN", "_SIZE", "_LIMIT", "_LIMITS", "_COUNT", "_MAX", "_MIN",
        "_HEADER",
        "_NAME", "_USER", "_USERNAME", "_ALGORITHM", "_ALG", "_POLICY", "_ENABLED", "_DISABLED", "_ENDPOINT", "_ISSUER",
        "_TYPE",
        "_URL", "_URI", "_HOST", "_PORT", "_MODE", "_METHOD", "_PROVIDER", "_REGION", "_ROUNDS", "_STRATEGY",
    ].map { Array($0.utf8) }
    private static let starts = [
        "MAX_", "MIN_", "NUM_", "DISABLE_", "ENABLE_", "ALLOW_", "REQUIRE_", "USE_", "FILE__",
    ].map { Array($0.utf8) }
    /// Settings of databases' images that are not passwords.
    private static let switches = ["RANDOM_ROOT_PASSWORD", "EMPTY_PASSWORD", "ONETIME_PASSWORD", "EMPTY_ROOT_PASSWORD"]
        .map {
            Array($0.utf8)
        }
    /// What keys of known services begin with.
    private static let beginnings = [
        "ghp_", "gho_", "ghs_", "github_pat_", "glpat-", "AKIA", "xoxb-", "xoxp-", "tskey-", "claim-", "sk_live_",
        "sk-ant-",
        "sk-proj-", "hvs.", "dckr_pat_",
    ].map { Array($0.utf8) }
    /// Before a password in a text that connects to a database.
    private static let assignments = ["password=", "Password=", "pwd=", "Pwd="].map { Array($0.utf8) }
    private static let scheme = Array("://".utf8)
    /// What ends the part of an address with the user and the host.
    private static let authorityEnds = Set("/?\(Self.whiteSpace)".utf8)
    private static let whiteSpace = " \t\n\r"
    private static let quotes = Set("\"'".utf8)
    /// Behind a quote that ends a text: what JSON and other lists go on with.
    private static let behindTexts = Set(",:;]})\\\(Self.whiteSpace)".utf8)
    /// Where engines mount secrets: the value is a path.
    private static let secretsFolder = Array("/run/secrets/".utf8)
    private static let pemHeader = Array("-----BEGIN ".utf8)
    private static let privateKey = Array("PRIVATE KEY".utf8)
    /// Bytes of the longest header of a key, `-----BEGIN ENCRYPTED PRIVATE KEY-----`, and some more.
    private static let longestHeader = 48
    private static let token = Array("TOKEN".utf8)

    private static func isSwitch(_ value: String) -> Bool {
        value.utf8.count < 6 && ["true", "false", "yes", "no", "on", "off"].contains(value.lowercased())
    }

    private static func ends(_ name: [UInt8], with word: [UInt8]) -> Bool {
        name.suffix(word.count).elementsEqual(word)
    }

    private static func holds(_ name: [UInt8], _ word: [UInt8]) -> Bool {
        name.indices.contains { name[$0] == word[0] && name[$0...].starts(with: word) }
    }

    /// The word, or what ends in it: not TOKENIZER.
    private static func hasToken(_ name: [UInt8]) -> Bool {
        name.indices.contains { index in
            guard name[index] == self.token[0], name[index...].starts(with: self.token) else { return false }
            var rest = name[(index + self.token.count)...]
            if rest.first == UInt8(ascii: "S") { rest = rest.dropFirst() }
            return rest.first.map { $0 == UInt8(ascii: "_") || $0.isDigit } ?? true
        }
    }

    private static func isPlural(_ name: [UInt8]) -> Bool { name.last == UInt8(ascii: "S") }

    /// A key in PEM; not a certificate or a public key.
    private static func isPrivateKey(_ value: String) -> Bool {
        value.utf8.starts(with: self.pemHeader)
            && self.end(of: self.privateKey, in: value.utf8.prefix(self.longestHeader)) != nil
    }

    /// Whether one of the addresses in a value has a password: `user:password@host`, or a parameter of that name.
    ///
    /// - Returns: `nil` where there is no address.
    private static func passwordInAddress(_ value: String) -> Bool? {
        var rest = value.utf8[...]
        var isAddress = false
        while let start = self.end(of: self.scheme, in: rest) {
            isAddress = true
            rest = rest[start...]
            if self.hasPassword(self.authority(of: rest)) { return true }
        }
        return isAddress ? self.holdsAssignment(value) : nil
    }

    /// The part of an address with the user and the host. People write `#` and quotes in a password as they are, and drivers take
    /// it up to the last `@`. Only a quote that ends a text ends the address.
    private static func authority(of rest: Substring.UTF8View) -> Substring.UTF8View {
        var end = rest.startIndex
        while end < rest.endIndex, !self.authorityEnds.contains(rest[end]) {
            let next = rest.index(after: end)
            if self.quotes.contains(rest[end]), next == rest.endIndex || self.behindTexts.contains(rest[next]) { break }
            end = next
        }
        return rest[..<end]
    }

    private static func hasPassword(_ authority: Substring.UTF8View) -> Bool {
        guard let at = authority.lastIndex(of: UInt8(ascii: "@")),
            let colon = authority[..<at].firstIndex(of: UInt8(ascii: ":"))
        else { return false }
        return authority.index(after: colon) < at
    }

    private static func holdsAssignment(_ value: String) -> Bool {
        self.assignments.contains { self.end(of: $0, in: value.utf8[...]) != nil }
    }

    /// Where a word ends that stands somewhere in a text, the first time.
    private static func end(of word: [UInt8], in bytes: Substring.UTF8View) -> String.Index? {
        var start = bytes.startIndex
        while let index = bytes[start...].firstIndex(of: word[0]) {
            if bytes[index...].starts(with: word) { return bytes.index(index, offsetBy: word.count) }
            start = bytes.index(after: index)
        }
        return nil
    }
}
