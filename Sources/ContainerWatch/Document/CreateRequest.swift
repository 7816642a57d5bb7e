/// The body of `POST /containers/create`, read as an engine reads it and brought into the form of an inspect document.
///
/// An engine takes member names in any case, and of a name that comes twice the last one or a mixture; a body that plays
/// with this would be read differently here and there, so it is refused.
package struct CreateRequest: Sendable {
    /// One; two when the body also has settings of the host where engines before 23 took them: beside `HostConfig`.
    package let documents: [InspectDocument]

    /// Why a body cannot be looked at.
    package enum Fault: Error, Equatable, CustomStringConvertible {
        case unreadable(String)
        /// A member comes twice.
        case repeated(String)
        /// A list has more entries than are judged.
        case tooMany(String)

        package var description: String {
            switch self {
            case .unreadable(let reason): "the body cannot be read: \(reason)"
            case .repeated(let name): "the body names \(name) twice"
            case .tooMany(let list):
                "the body has over \(ElementLimit.limit(of: list) ?? 0) entries in \(list), too many to judge"
            }
        }
    }

    /// Values of a body, counting lists and all that is in them: some 40 bytes of memory each. Ten thousand published ports
    /// have 60,000.
    private static let maximumValues = 250_000

    /// - Parameter name: how the container is to be called.
    package init(_ body: [UInt8], name: String) throws(Fault) {
        let parsed: JSONNode
        do throws(JSONFault) {
            parsed = try JSONNode(parsing: body, maximumValues: Self.maximumValues)
        } catch {
            throw Fault.unreadable("\(error)")
        }
        guard parsed.isObject else { throw Fault.unreadable("it is \(parsed.kind), not an object") }
        let root = try EngineNames.spelled(parsed)
        let networks = root["NetworkingConfig"]["EndpointsConfig"] ?? .null
        let top = root.members.filter { EngineNames.ofHost.contains($0.name) }
        let hosts = [root["HostConfig"] ?? .object([])] + (top.isEmpty ? [] : [.object(top)])
        self.documents = hosts.map { host in
            InspectDocument(
                .object([
                    .init("Name", .text(name.isEmpty ? "(new)" : name)), .init("Config", root),
                    .init("HostConfig", host),
                    .init("NetworkSettings", .object([.init("Networks", networks)])),
                ])
            )
        }
        if let list = self.documents.lazy.compactMap(\.cutLists.first).first { throw Fault.tooMany(list) }
    }
}

extension Audit {
    /// What there is to say about a container that is to be created. What only an engine knows is not asked for.
    package func findings(in request: CreateRequest) -> [Finding] {
        request.documents.flatMap { self.findings(in: $0) }.inOrder()
    }
}
