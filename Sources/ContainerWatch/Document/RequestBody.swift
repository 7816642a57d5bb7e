import Base

/// The body of a request for an engine, read with bounds.
enum RequestBody {
    /// Values of a body, counting lists and all that is in them: some 40 bytes of memory each. Ten thousand published ports
    /// have 60,000.
    private static let maximumValues = 250_000

    static func read(_ body: [UInt8]) throws(CreateRequest.Fault) -> JSONNode {
        let parsed: JSONNode
        do throws(JSONError) {
            parsed = try JSONNode(parsing: body, maximumValues: Self.maximumValues)
        } catch {
            throw .unreadable("\(error)")
        }
        guard parsed.isObject else { throw .unreadable("it is \(parsed.kind), not an object") }
        return parsed
    }

    /// With the names as an engine of Docker's interface spells them, and without those that no rule looks at.
    static func spelled(_ body: [UInt8]) throws(CreateRequest.Fault) -> JSONNode {
        try EngineNames.spelled(try self.read(body))
    }
}
