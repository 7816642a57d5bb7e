import Base

/// The peer that a TLS connection has to lead to.
struct TLSPeer: Sendable {
    enum Role: Sendable {
        case controller
        case proxy(Proxy)
    }

    let role: Role
    /// The name or address that was dialled.
    let host: String
    let verifies: Bool
    let pins: [CertificatePin]

    /// Compared here and not by the TLS library, which would compare the address at the other end of the connection:
    /// behind a proxy that is the proxy's.
    var address: IPAddress? { self.verifies ? IPAddress(self.host) : nil }

    /// Whether the name is compared here, because the TLS library cannot.
    var comparesName: Bool { self.verifies && self.address == nil && HostNameMatch.isLeftToUs(self.host) }

    /// What is left to check when the TLS library is content.
    ///
    /// - Parameter certificate: `nil` when it could not be read, which does not skip a check.
    /// - Returns: `nil` when there is nothing against it.
    func objection(to certificate: PeerCertificate?) -> String? {
        guard let certificate else {
            return self.verifies || !self.pins.isEmpty
                ? "\(TLSFault.name(self.role))'s certificate cannot be read" : nil
        }
        if let address, !certificate.addresses.contains(address) {
            return TLSFault.wrongName(certificate, of: self)
        }
        if self.comparesName, !certificate.names.contains(where: { HostNameMatch.matches(self.host, $0) }) {
            return TLSFault.wrongName(certificate, of: self)
        }
        if self.verifies, let weakness = certificate.weakness {
            return TLSFault.weak(certificate, weakness, of: self)
        }
        if !self.pins.isEmpty, !self.pins.contains(certificate.pin) {
            return TLSFault.wrongPin(certificate)
        }
        return nil
    }
}
