import Base

/// Reads what `docker inspect` prints: an object, an array of objects, or several of either one after another.
///
/// Documents are handed over one at a time, so that of ten thousand only one stands in memory as a tree.
package struct InspectInput {
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private let bytes: [UInt8]
    /// The next byte to look at.
    private var offset: Int
    private var hasBegun = false
    /// The position in the array at the top that is being read; `nil` outside of one.
    private var element: Int?

    /// - Parameter bytes: a whole file; a byte order mark in front is skipped.
    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
        self.offset = bytes.starts(with: Self.byteOrderMark) ? Self.byteOrderMark.count : 0
    }

    /// - Returns: `nil` at the end.
    package mutating func next() throws(InputFault) -> InspectDocument? {
        let node: JSONNode?
        do throws(JSONError) {
            node = try self.nextNode()
        } catch {
            throw InputFault(error)
        }
        guard let node else {
            guard self.hasBegun else {
                throw InputFault("there is nothing in it; give it the output of `docker inspect`")
            }
            return nil
        }
        return try self.document(node)
    }

    private mutating func nextNode() throws(JSONError) -> JSONNode? {
        while let byte = self.nextByte() {
            guard let position = self.element else {
                self.hasBegun = true
                guard byte == UInt8(ascii: "[") else { return try JSONNode.first(in: self.bytes, from: &self.offset) }
                self.element = -1
                self.offset += 1
                continue
            }
            if byte == UInt8(ascii: "]") {
                self.element = nil
                self.offset += 1
                continue
            }
            if position >= 0 {
                guard byte == UInt8(ascii: ",") else { throw JSONError(.noComma, at: self.offset) }
                self.offset += 1
            }
            self.element = position + 1
            return try JSONNode.first(in: self.bytes, from: &self.offset)
        }
        guard self.element == nil else { throw JSONError(.cut, at: self.offset) }
        return nil
    }

    /// Passes over white space.
    private mutating func nextByte() -> UInt8? {
        while self.offset < self.bytes.count {
            let byte = self.bytes[self.offset]
            guard byte.isJSONSpace else { return byte }
            self.offset += 1
        }
        return nil
    }

    private func document(_ node: JSONNode) throws(InputFault) -> InspectDocument {
        guard node.isObject else {
            let place = self.element.map { "element \($0) of the array" } ?? "what stands in it"
            throw InputFault("\(place) is \(node.kind); it must be an object, as `docker inspect` prints it")
        }
        if case .array = node["Names"], node["Config"] == nil {
            throw InputFault(
                "it is the list of containers, which does not tell how they are confined; "
                    + "give it the output of `docker inspect $(docker ps --quiet)`"
            )
        }
        if let service = InspectDocument(service: node) { return service }
        if node["HostConfig"] == nil, let other = Self.others.first(where: { node[$0.member] != nil }) {
            throw InputFault("it is a document of \(other.kind); give it the output of `docker inspect` for containers")
        }
        guard Self.members.contains(where: { node[$0] != nil }) else {
            throw InputFault("it is not a document of a container; give it the output of `docker inspect`")
        }
        return InspectDocument(node)
    }

    /// What `docker inspect` prints for a name that is not a container's. Judged as a container, it would look clean.
    private static let others = [
        (member: "RootFS", kind: "an image"), (member: "RepoTags", kind: "an image"),
        (member: "Mountpoint", kind: "a volume"), (member: "IPAM", kind: "a network"),
        (member: "PluginReference", kind: "a plugin"), (member: "NumContainers", kind: "a pod"),
    ]

    /// Without any of these there is nothing that a rule could judge, and the document would look clean.
    private static let members = [
        "Id", "Name", "Config", "HostConfig", "Mounts", "NetworkSettings", "State", "AppArmorProfile", "Image", "Path",
    ]
}

/// Why a file cannot be audited; completes "FILE: …".
package struct InputFault: Error, Equatable, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }

    init(_ error: JSONError) {
        self.description = "the JSON is not valid: \(error.reason.rawValue) at byte \(error.offset)"
    }
}
