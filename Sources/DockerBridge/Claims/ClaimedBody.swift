import Base
import NIOCore

/// The members of a request's body that a policy asks about, found as the engines' JSON reader finds them.
///
/// That reader ignores the case of names, and takes the last of several equal ones. A name that comes twice is refused here:
/// two readers could understand it differently. Nothing but the members that are looked for is kept, and one pass finds them.
struct ClaimedBody {
    enum Value: Equatable {
        case text(String)
        case bool(Bool)
        /// Those members of an object that are texts.
        case texts([String: String])
        /// `null`, which engines take for a member that is missing.
        case nothing
        case other
    }

    /// Longer texts are no names.
    private static let longestText = 4_096
    /// Of the names that are looked for; letters have up to 3 bytes before they are folded.
    private static let longestName = 64

    private var values: [String: Value] = [:]
    /// Where the last text stands of those that were looked for, with its quotation marks.
    private(set) var placeOfText: Range<Int>?
    /// Whether there was anything in it.
    let isEmpty: Bool

    /// - Parameters:
    ///   - body: `nil` and nothing count as an object without members, as engines take them.
    ///   - names: in small letters.
    /// - Returns: `nil` for a body that is not exactly one JSON object, and for one that names something twice.
    init?(_ body: ByteBuffer?, names: Set<String>) {
        guard let body, body.readableBytes > 0 else {
            self.isEmpty = true
            return
        }
        let read = body.withUnsafeReadableBytes { bytes -> Read? in
            do throws(JSONError) {
                return try Self.read(bytes, names)
            } catch {
                return nil
            }
        }
        guard let read else { return nil }
        (self.values, self.placeOfText, self.isEmpty) = read
    }

    private typealias Read = (values: [String: Value], placeOfText: Range<Int>?, isEmpty: Bool)

    private static func read(
        _ bytes: UnsafeRawBufferPointer,
        _ names: Set<String>
    ) throws(JSONError) -> Read? {
        var scanner = JSONScanner(bytes)
        guard try scanner.beginObject() else { return nil }
        var (values, place, isEmpty) = ([String: Value](), Range<Int>?.none, true)
        while let key = try scanner.nextKey()?.decoded {
            isEmpty = false
            let name = key.utf8.count <= Self.longestName ? key.foldedName : ""
            guard names.contains(name) else {
                _ = try scanner.skipValue()
                continue
            }
            // Past the blanks in front of it.
            _ = scanner.nextKind()
            let start = scanner.offset
            let value = try self.value(&scanner)
            if case .text = value { place = start..<scanner.offset }
            guard values.updateValue(value, forKey: name) == nil else { return nil }
        }
        try scanner.end()
        return (values, place, isEmpty)
    }

    private static func value(_ scanner: inout JSONScanner) throws(JSONError) -> Value {
        switch scanner.nextKind() {
        case .string: return try scanner.readString().flatMap { self.text($0) }.map(Value.text) ?? .other
        case .bool: return try scanner.readBool().map(Value.bool) ?? .other
        case .object: return try self.texts(&scanner)
        case .null, nil:
            _ = try scanner.skipValue()
            return .nothing
        case .array, .number:
            _ = try scanner.skipValue()
            return .other
        }
    }

    private static func texts(_ scanner: inout JSONScanner) throws(JSONError) -> Value {
        var texts: [String: String] = [:]
        var isSound = true
        guard try scanner.beginObject() else { return .other }
        while let key = try scanner.nextKey() {
            let value = try scanner.readString()
            guard let key = key.strictlyDecoded, let value = value?.strictlyDecoded else {
                isSound = false
                continue
            }
            // Two names that are equal here may be two to an engine, which takes the last of two that are equal byte for byte.
            if texts.updateValue(value, forKey: key) != nil { isSound = false }
        }
        return isSound ? .texts(texts) : .other
    }

    private static func text(_ text: JSONString) -> String? {
        guard let text = text.strictlyDecoded, text.utf8.count <= self.longestText else { return nil }
        return text
    }

    /// Empty where the member is missing; `nil` where it is not a text.
    func text(_ name: String) -> String? {
        switch self.values[name] {
        case .text(let text): text
        case nil, .nothing: ""
        default: nil
        }
    }

    /// `false` where the member is missing; `nil` where it is neither of the two.
    func bool(_ name: String) -> Bool? {
        switch self.values[name] {
        case .bool(let value): value
        case nil, .nothing: false
        default: nil
        }
    }

    /// None where the member is missing; `nil` where it is not an object of texts.
    func texts(_ name: String) -> [String: String]? {
        switch self.values[name] {
        case .texts(let texts): texts
        case nil, .nothing: [:]
        default: nil
        }
    }
}
