import LocalServer

/// Where the agent listens.
extension Configuration {
    /// Loopback by default: what the local listener says is for this host.
    static func operations(_ reader: inout EnvironmentReader) -> BindAddress? {
        let port = reader.integer("PORT", default: 3000, in: 1...65535)
        do throws(BindAddress.ParseError) {
            return try BindAddress(parsing: reader.string("BIND_ADDRESS") ?? "127.0.0.1", port: port)
        } catch {
            reader.problem("BIND_ADDRESS", error.reason)
            return nil
        }
    }
}
