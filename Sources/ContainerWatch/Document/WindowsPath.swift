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

extension UInt8 {
    fileprivate var isLetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) }
}
