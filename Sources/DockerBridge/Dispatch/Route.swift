/// How an answer travels: whole, or piece by piece.
///
/// Both ends of the tunnel classify by the same rule, because the controller registers the two kinds differently:
/// a wrong guess is an empty answer or a time-out there. Only the part before `?` counts.
package enum Route: String, Sendable, CaseIterable {
    case plain
    case stream

    package init(target: String) {
        let utf8 = target.utf8
        let path = utf8[..<(utf8.firstIndex(of: UInt8(ascii: "?")) ?? utf8.endIndex)]
        let streams =
            Self.streamingSuffixes.contains { path.hasSuffix($0) }
            || (path.hasSuffix("/start") && path.contains("/exec/"))
        self = streams ? .stream : .plain
    }

    private static let streamingSuffixes: [StaticString] = [
        "/logs", "/attach", "/events", "/build", "/images/create", "/images/push",
    ]
}

extension Substring.UTF8View {
    func hasSuffix(_ suffix: StaticString) -> Bool {
        self.count >= suffix.utf8CodeUnitCount
            && suffix.withUTF8Buffer { self.suffix($0.count).elementsEqual($0) }
    }

    func contains(_ needle: StaticString) -> Bool {
        needle.withUTF8Buffer { needle in
            var rest = self[...]
            while let start = rest.firstIndex(of: needle[0]) {
                rest = rest[start...]
                if rest.starts(with: needle) { return true }
                rest = rest.dropFirst()
            }
            return false
        }
    }
}
