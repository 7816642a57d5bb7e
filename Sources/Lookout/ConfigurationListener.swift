import LocalServer

/// Where the agent listens.
extension Configuration {
    static func isEdge(_ reader: EnvironmentReader) -> Bool { reader.string("DRYDOCK_URL") != nil }

    /// Loopback by default in edge mode: what the local listener says there is for this host. In standard mode others
    /// are meant to come.
    static func address(_ reader: inout EnvironmentReader) -> BindAddress? {
        let port = reader.integer("PORT", default: 3000, in: 1...65535)
        let fallback = Self.isEdge(reader) ? "127.0.0.1" : "0.0.0.0"
        do throws(BindAddress.ParseError) {
            return try BindAddress(parsing: reader.string("BIND_ADDRESS") ?? fallback, port: port)
        } catch {
            reader.problem("BIND_ADDRESS", error.reason)
            return nil
        }
    }

    /// Certificates of the listener's own.
    static func listenerTLS(_ reader: inout EnvironmentReader, files: HostFiles) -> TLSFiles? {
        let certificate = Self.existing("TLS_CERT", &reader, files)
        let key = Self.existing("TLS_KEY", &reader, files)
        let authorities = Self.existing("TLS_CLIENT_CA", &reader, files)
        switch (certificate, key) {
        case (let certificate?, let key?):
            return TLSFiles(certificate: certificate, key: key, clientAuthorities: authorities)
        case (nil, nil):
            if authorities != nil { reader.problem("TLS_CLIENT_CA", "is set, but TLS_CERT and TLS_KEY are not") }
        case (_?, nil): reader.problem("TLS_CERT", "is set, but TLS_KEY is not; set both or neither")
        case (nil, _?): reader.problem("TLS_KEY", "is set, but TLS_CERT is not; set both or neither")
        }
        return nil
    }
}
