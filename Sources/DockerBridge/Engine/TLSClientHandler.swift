import NIOCore
package import NIOSSL

extension NIOSSLClientHandler {
    /// A client's TLS handler for `host`; a name is sent along, an IP address is not (RFC 6066 §3).
    package convenience init(context: NIOSSLContext, dialling host: String) throws {
        let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
        try self.init(context: context, serverHostname: isAddress ? nil : host)
    }
}
