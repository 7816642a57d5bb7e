import Base

/// Whom a TLS connection has to lead to.
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

    /// What is left to check when the TLS library is content.
    ///
    /// - Parameter certificate: `nil` when it could not be read, which is no way around a check.
    /// - Returns: `nil` when there is nothing against it.
    func objection(to certificate: PeerCertificate?) -> String? {
        guard let certificate else {
            let isChecked = self.address != nil || !self.pins.isEmpty
            return isChecked ? "\(TLSFault.name(self.role))'s certificate cannot be read" : nil
        }
        if let address, !certificate.addresses.contains(address) {
            return TLSFault.wrongName(certificate, of: self)
        }
        if !self.pins.isEmpty, !self.pins.contains(certificate.pin) {
            return TLSFault.wrongPin(certificate)
        }
        return nil
    }
}
