import Base

/// An absolute path on the host, cleaned as text: no file is looked at.
///
/// Works on bytes, not characters: a slash followed by a combining accent is still a slash to the kernel.
struct HostPath: Sendable, Equatable {
    /// Without repeated slashes, `.`, `..` and a slash at the end. This is what findings report.
    let text: String
    /// The names along the way, with `/var/run` replaced by `/run` and without the folders of processes: what is compared. Of
    /// more than 16 names these are the first 14 and the last 2, which is more than any rule looks at.
    let names: [String]

    private static let maximumNames = 16
    private static let lastNames = 2
    private static let slash = UInt8(ascii: "/")

    /// - Returns: `nil` for what does not start with a slash.
    init?(_ raw: String) {
        guard raw.utf8.first == Self.slash else { return nil }
        let text = Self.cleaned(raw)
        let names = Self.names(of: text)
        self.text = text
        let real = Self.leavingProcesses(names)
        self.names = real.starts(with: ["var", "run"]) ? Array(real.dropFirst()) : real
    }

    /// `/proc/1/root` and `/proc/1/cwd` are folders of a process, and most processes have the top of the host there: what stands
    /// behind them is compared. A mount that is read-only reaches sockets there as well.
    private static func leavingProcesses(_ names: [String]) -> [String] {
        var rest = names[...]
        while rest.first == "proc" {
            let process = rest.dropFirst(2)
            let inner = process.first == "task" ? process.dropFirst(2) : process
            guard inner.first == "root" || inner.first == "cwd" else { break }
            rest = inner.dropFirst()
        }
        return Array(rest)
    }

    /// Walks from the end to the start, so that `..` needs a counter and not a list of all names before it: a path of
    /// megabytes costs one copy of itself.
    private static func cleaned(_ raw: String) -> String {
        var raw = raw
        return raw.withUTF8 { bytes in
            var kept = [UInt8](repeating: Self.slash, count: bytes.count)
            var start = kept.count
            var dropped = 0
            var end = bytes.count
            while let slash = bytes[..<end].lastIndex(of: Self.slash) {
                let name = bytes[(slash + 1)..<end]
                end = slash
                if name.isEmpty || name.elementsEqual(".".utf8) { continue }
                if name.elementsEqual("..".utf8) {
                    dropped += 1
                } else if dropped > 0 {
                    dropped -= 1
                } else {
                    kept.replaceSubrange((start - name.count)..<start, with: name)
                    start -= name.count + 1
                }
            }
            return start == kept.count ? "/" : String(decoding: kept[start...], as: UTF8.self)
        }
    }

    private static func names(of text: String) -> [String] {
        let parts = text.utf8.split(separator: Self.slash, maxSplits: Self.maximumNames)
        guard parts.count > Self.maximumNames else { return parts.map { String(Substring($0)) } }
        var last: [String] = []
        var end = text.utf8.endIndex
        while last.count < Self.lastNames, let slash = text.utf8[..<end].lastIndex(of: Self.slash) {
            last.insert(String(Substring(text.utf8[text.utf8.index(after: slash)..<end])), at: 0)
            end = slash
        }
        return parts.prefix(Self.maximumNames - Self.lastNames).map { String(Substring($0)) } + last
    }

    func isAtOrBelow(_ other: HostPath) -> Bool { self.names.starts(with: other.names) }
}

extension HostPath {
    /// What a container path is compared by: cleaned when it is absolute, as it stands when not.
    static func normalised(_ raw: String) -> String { HostPath(raw)?.text ?? raw }
}

extension HostPath {
    /// A path on a drive of Windows, such as `c:\Users`, or a pipe, such as `\\.\pipe\docker_engine`. Names have no case there.
    ///
    /// - Returns: `nil` for anything else.
    init?(windows raw: String) {
        let backslash = UInt8(ascii: "\\")
        let bytes = raw.utf8.prefix(3).map { $0 == backslash ? UInt8(ascii: "/") : $0 }
        let isDrive =
            bytes.count > 1 && bytes[0].isLetter && bytes[1] == UInt8(ascii: ":")
            && (bytes.count == 2 || bytes[2] == UInt8(ascii: "/"))
        guard isDrive || raw.utf8.starts(with: #"\\"#.utf8) else { return nil }
        let slashed = String(decoding: raw.utf8.map { $0 == backslash ? UInt8(ascii: "/") : $0 }, as: UTF8.self)
        guard let path = HostPath("/" + slashed.lowercased()) else { return nil }
        self.init(text: raw, names: path.names)
    }

    private init(text: String, names: [String]) {
        self.text = text
        self.names = names
    }
}
