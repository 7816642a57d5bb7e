import Glibc

/// What libFuzzer calls. `FUZZ_TARGET` chooses what reads the bytes; scripts/prove/fuzz sets it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: UInt) -> CInt {
    Targets.chosen(UnsafeRawBufferPointer(start: start, count: Int(count)))
    return 0
}

/// Everything that reads what others wrote. A target must not crash, and traps when a promise is broken.
enum Targets {
    typealias Target = @Sendable (UnsafeRawBufferPointer) -> Void

    static let all: [(name: String, run: Target)] = [
        ("addresses", addresses), ("base64", base64), ("compose", compose), ("events", events), ("frames", frames),
        ("growth", growth), ("inspect", inspect), ("json", json), ("keys", keys), ("machine", machine), ("mask", mask),
        ("mcp", mcp), ("policy", policy), ("request", request), ("response", response), ("route", route),
        ("server", server), ("stdcopy", stdcopy),
        ("tunnel", tunnel), ("websocket", webSocket),
    ]

    static let chosen: Target = {
        let name = getenv("FUZZ_TARGET").map { String(cString: $0) } ?? ""
        guard let target = all.first(where: { $0.name == name }) else {
            fatalError("FUZZ_TARGET must be one of \(all.map(\.name).joined(separator: ", "))")
        }
        return target.run
    }()

    /// What comes at once and what comes in two pieces must read the same.
    static func inPieces<Result: Equatable>(
        _ bytes: UnsafeRawBufferPointer,
        _ read: ([ArraySlice<UInt8>]) -> Result
    ) -> Result {
        let (whole, position) = self.cut(bytes)
        let together = read([whole[...]])
        precondition(together == read([whole[..<position], whole[position...]]), "the result depends on the pieces")
        return together
    }

    /// A second way to the same result: the bytes come in two pieces. Where they are cut, the first byte says.
    static func cut(_ bytes: UnsafeRawBufferPointer) -> (whole: [UInt8], at: Int) {
        guard let first = bytes.first else { return ([], 0) }
        let whole = Array(bytes.dropFirst())
        return (whole, whole.isEmpty ? 0 : Int(first) % (whole.count + 1))
    }
}
