import Base
import DockerBridge
import HTTPWire

/// Who answered an upgrade with something else than 101, and the sentence that ends the search for why.
///
/// What another host says is quoted short: it ends up in logs and on terminals.
enum RefusalAdvice {
    private static let quoted = 200

    /// - Returns: what follows "the upgrade was answered with HTTP 400", or nothing.
    static func text(_ head: ResponseHead) -> String {
        let product = Self.product(head)
        let byWay = product.map { ", by way of \($0)" } ?? ""
        return byWay + (Self.advice(head, product: product).map { ": \($0)" } ?? "")
    }

    private static func advice(_ head: ResponseHead, product: String?) -> String? {
        switch head.status {
        case 200..<300:
            "another site or a log-in page answers there; check DRYDOCK_URL's host and port, and whether this network "
                + "wants a log-in"
        case 301, 302, 303, 307, 308:
            head.fields.first("location").map {
                "it points to \($0.printable(limit: Self.quoted)); redirects are not followed, put the controller's own "
                    + "address into DRYDOCK_URL"
            } ?? "it redirects, and does not say where to; put the controller's own address into DRYDOCK_URL"
        case 400, 426:
            "a reverse proxy that does not pass Upgrade on looks like this" + Self.setting(product)
        case 401:
            "something before the controller wants a log-in\(Self.offer(head, "www-authenticate")), which the agent "
                + "does not have; let the agent's path through without one"
        case 407:
            "a proxy on the way wants a log-in\(Self.offer(head, "proxy-authenticate")); name it in HTTPS_PROXY with "
                + "user:password@"
        case 502, 504: "the reverse proxy there cannot reach the controller; see whether that runs"
        // Whoever says when to come again is there.
        case 503 where head.fields.first("retry-after") != nil:
            "the controller there, or what stands before it, is too busy or in maintenance; the agent tries again"
        // Apache, HAProxy and Varnish answer 503 where nginx answers 502.
        case 503: "the reverse proxy there cannot reach the controller, or that is too busy; see whether it runs"
        case 511:
            "this network wants a log-in before it lets anyone out; log in from a browser, or have this host let through"
        default: nil
        }
    }

    /// The line of the configuration that is missing, for the products that need one.
    private static func setting(_ product: String?) -> String {
        guard let product = product?.lowercased() else { return "" }
        let nginx =
            "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection \"upgrade\";"
        let settings = [
            ("nginx", nginx), ("openresty", nginx), ("apache", "upgrade=websocket on its ProxyPass (2.4.47 or later)"),
            ("lighttpd", "proxy.header = (\"upgrade\" => \"enable\")"),
            ("envoy", "upgrade_configs: [{upgrade_type: websocket}]"),
            ("varnish", "return (pipe) where req.http.Upgrade is websocket, and a vcl_pipe that copies that header"),
        ]
        guard let setting = settings.first(where: { product.hasPrefix($0.0) }) else { return "" }
        return "; its configuration lacks \(setting.1)"
    }

    /// The first word of `Server`, or of the comment in `Via`, where a proxy may name itself. A Drydock sends neither.
    private static func product(_ head: ResponseHead) -> String? {
        let via = head.fields.first("via").flatMap { via in
            via.lastIndex(of: "(").map { String(via[via.index(after: $0)...]) }
        }
        let text = head.fields.first("server") ?? via
        return text?.split(whereSeparator: { $0 == " " || $0 == ")" }).first.map { $0.printable(limit: 40) }
    }

    private static func offer(_ head: ResponseHead, _ name: StaticString) -> String {
        let schemes = Self.schemes(head, name)
        return schemes.isEmpty ? "" : " (\(schemes.joined(separator: ", ")))"
    }

    /// The schemes that `WWW-Authenticate` or `Proxy-Authenticate` offers, at most eight.
    static func schemes(_ head: ResponseHead, _ name: StaticString) -> [String] {
        var schemes: [String] = []
        head.fields.forEachLine { field, value in
            guard field.equalsIgnoringCase(name) else { return }
            for part in String(decoding: value, as: UTF8.self).split(separator: ",") {
                guard schemes.count < 8 else { return }
                // A challenge begins with its scheme, a token; what else stands between commas belongs to the last one.
                guard let word = part.split(separator: " ").first, word.utf8.allSatisfy(\.isTokenByte) else { continue }
                schemes.append(word.printable(limit: 20))
            }
        }
        return schemes
    }
}
