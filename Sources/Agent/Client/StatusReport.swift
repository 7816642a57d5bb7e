import Base
import DockerBridge
package import NIOCore

/// The status object as text for people.
package struct StatusReport {
    private let members: [String: String]
    private let attempts: [[String: String]]

    /// - Parameter json: as the local listener gives it; what is missing in it is missing in the text.
    package init(_ json: ByteBuffer) {
        self.members = Self.members(json)
        self.attempts = (self.members["attempts"].map { Self.elements(ByteBuffer(string: $0)) } ?? []).map {
            Self.members(ByteBuffer(string: $0))
        }
    }

    package var isConnected: Bool { self.members["state"] == "connected" }

    package var text: String {
        let name = self.members["agentName"].map { ", \($0)" } ?? ""
        var lines = ["lookout \(self["version"])\(name), \(self["mode"]) mode, up \(self["uptimeSeconds"]) s"]
        let isEdge = self.members["mode"] != "standard"
        lines.append(
            isEdge
                ? "\(self["state"]) since \(self["since"]): \(self["controller"]) (\(self["dialect"]))" : self["state"]
        )
        if let code = self.members["parkedCode"] { lines.append("parked with \(code): \(self["remedy"])") }
        if self.members["engine"] == "disconnected" {
            lines.append("the Docker engine does not answer; the log and `lookout doctor` say why")
        }
        if let next = self.members["nextDial"], !self.isConnected { lines.append("next dial at \(next)") }
        if let end = self.members["lastEnd"] { lines.append("last end: \(end)") }
        if self.isConnected {
            lines.append(
                "Drydock \(self["drydockVersion"]), round trip \(self["roundTripMs"]) ms, ping every "
                    + "\(self["pingSeconds"]) s, clock offset \(self["clockOffsetSeconds"]) s"
            )
            lines.append(
                "\(self["requests"]) requests and \(self["execs"]) exec sessions under way, "
                    + "\(self["queuedBytes"]) bytes queued"
            )
        }
        if isEdge { lines.append("key \(self["keyId"]), \(self["dials"]) dials, \(self["welcomes"]) welcomes") }
        if let bytes = self.members["memoryBytes"].flatMap({ Int($0) }) {
            lines.append("private memory \(bytes / 1024) KiB")
        }
        lines += self.policy
        if !self.attempts.isEmpty { lines.append("last attempts, oldest first:") }
        lines += self.attempts.map { attempt in
            let parts = ["at", "controller", "dialect", "end"].map { attempt[$0] ?? "-" }
            let up = attempt["up"].map { " up \($0) s" } ?? ""
            return "  \(parts.joined(separator: "  "))\(up)  \(attempt["phases"] ?? "")  \(attempt["reason"] ?? "")"
        }
        return lines.map(\.printable).joined(separator: "\n")
    }

    /// What this host denies, and the newest refusals.
    private var policy: [String] {
        guard let object = self.members["policy"].map({ Self.members(ByteBuffer(string: $0)) }) else { return [] }
        let head =
            "policy (\(object["mode"] ?? "-")): \(object["restrictions"] ?? "-"); "
            + "\(object["refused"] ?? "0") refused, \(object["warned"] ?? "0") let through with a warning"
        let last = Self.elements(ByteBuffer(string: object["last"] ?? "[]")).map { note in
            let note = Self.members(ByteBuffer(string: note))
            return "  \(note["time"] ?? "-")  \(note["message"] ?? "-")"
        }
        return [head] + last
    }

    private subscript(_ name: String) -> String { self.members[name] ?? "-" }

    /// Strings decoded, everything else as it stands.
    private static func members(_ json: ByteBuffer) -> [String: String] {
        json.withUnsafeReadableBytes { bytes in
            var members: [String: String] = [:]
            var scanner = JSONScanner(bytes)
            do throws(JSONError) {
                guard try scanner.beginObject() else { return [:] }
                while let key = try scanner.nextKey() { members[key.decoded] = try Self.value(&scanner, bytes) }
            } catch {
                // What came before it can still be shown.
            }
            return members
        }
    }

    private static func elements(_ json: ByteBuffer) -> [String] {
        json.withUnsafeReadableBytes { bytes in
            var elements: [String] = []
            var scanner = JSONScanner(bytes)
            do throws(JSONError) {
                guard try scanner.beginArray() else { return [] }
                while try scanner.nextElement() { elements.append(try Self.value(&scanner, bytes)) }
            } catch {
                // What came before it can still be shown.
            }
            return elements
        }
    }

    private static func value(
        _ scanner: inout JSONScanner,
        _ bytes: UnsafeRawBufferPointer
    ) throws(JSONError) -> String {
        if scanner.nextKind() == .string, let text = try scanner.readString() { return text.decoded }
        return String(decoding: bytes[try scanner.skipValue()], as: UTF8.self)
    }
}
