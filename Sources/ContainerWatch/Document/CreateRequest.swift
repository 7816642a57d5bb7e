import Base

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
        /// A setting cannot be judged. The text completes "the body holds …".
        case opaque(String)

        package var description: String {
            switch self {
            case .unreadable(let reason): "the body cannot be read: \(reason)"
            case .repeated(let name): "the body names \(name) twice"
            case .tooMany(let list):
                "the body has over \(ElementLimit.limit(of: list) ?? 0) entries in \(list), too many to judge"
            case .opaque(let setting): "the body holds \(setting), which cannot be judged"
            }
        }
    }

    /// - Parameter name: how the container is to be called.
    package init(_ body: [UInt8], name: String) throws(Fault) {
        try self.init(try RequestBody.spelled(body), name: name)
    }

    /// New settings for a container that exists: the body of a start or of an update. An engine reads no image from it.
    ///
    /// - Parameter name: as the request has it, which may be an id.
    package init(changing name: String, _ body: [UInt8]) throws(Fault) {
        let members = try RequestBody.spelled(body).members
        try self.init(.object(members.filter { $0.name != "Image" }), name: name)
    }

    private init(_ root: JSONNode, name: String) throws(Fault) {
        let networks = root["NetworkingConfig"]["EndpointsConfig"] ?? .null
        let top = root.members.filter { EngineNames.ofHost.contains($0.name) }
        let hosts = [root["HostConfig"] ?? .object([])] + (top.isEmpty ? [] : [.object(top)])
        // Podman writes the log there as root, through Docker's interface as well. Docker does not know the option.
        if hosts.contains(where: Self.hasPathOfLog) { throw .opaque("the path of a log") }
        self.documents = try Self.documents(hosts: hosts, config: root, networks: networks, name: name)
    }

    /// An option is a text `KEY=VALUE` for Podman, and the key may be in any case.
    private static func hasPathOfLog(_ host: JSONNode) -> Bool {
        (host["LogConfig"]["Config"]?.members ?? []).contains { option in
            option.name.utf8.prefix { $0 != UInt8(ascii: "=") }.elementsEqual("path".utf8) { $0 | 0x20 == $1 }
        }
    }

    /// - Throws: `tooMany` where a list has more entries than are judged.
    static func documents(
        hosts: [JSONNode],
        config: JSONNode,
        networks: JSONNode = .null,
        name: String
    ) throws(Fault) -> [InspectDocument] {
        let documents = hosts.map { host in
            InspectDocument(
                .object([
                    .init("Name", .text(name.isEmpty ? "(new)" : name)), .init("Config", config),
                    .init("HostConfig", host),
                    .init("NetworkSettings", .object([.init("Networks", networks)])),
                ])
            )
        }
        if let list = documents.lazy.compactMap(\.cutLists.first).first { throw .tooMany(list) }
        return documents
    }

    init(documents: [InspectDocument]) {
        self.documents = documents
    }
}

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

/// The body of `POST /containers/{name}/exec`.
package enum ExecRequest {
    package static func read(_ body: [UInt8]) throws(CreateRequest.Fault) -> ExecDocument {
        let root = try RequestBody.spelled(body)
        return ExecDocument(isPrivileged: root["Privileged"]?.bool == true, user: root["User"]?.text ?? "")
    }
}

/// The body of `POST /volumes/create`, of Docker's interface and of Podman's own.
package enum VolumeRequest {
    package static func read(_ body: [UInt8]) throws(CreateRequest.Fault) -> VolumeDocument {
        let root = try RequestBody.spelled(body)
        let (options, further) = (root["DriverOpts"]?.members ?? [], root["Options"]?.members ?? [])
        // Podman takes both names, and Docker the first one only.
        guard options.isEmpty || further.isEmpty else { throw .repeated("the options") }
        let driver = root["Driver"]?.text ?? ""
        return VolumeDocument(
            .object([
                .init("Name", root["Name"] ?? .text("(new)")),
                .init("Driver", .text(driver.isEmpty ? "local" : driver)),
                .init("Options", .object(options + further)),
            ])
        )
    }
}
