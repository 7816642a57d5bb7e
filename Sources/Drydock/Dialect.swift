/// The protocol exists under two names; the names around the messages differ, the messages do not.
package enum Dialect: String, CaseIterable, Sendable {
    /// Spoken by every released Drydock that has an edge endpoint.
    case portwing
    /// The protocol's first name; no released Drydock answers it.
    case lookout

    /// Path of the upgrade request. The signed string always uses this one, whatever path was dialled.
    package var path: String { "/api/\(self.rawValue)/ws" }
    /// Value of `hello.protocol`.
    package var protocolName: String { "\(self.rawValue)/1.0" }

    package var other: Dialect { self == .portwing ? .lookout : .portwing }
}
