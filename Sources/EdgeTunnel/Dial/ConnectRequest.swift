import DockerBridge
import HTTPWire
import NIOCore

/// The request for a way through an HTTP proxy, and what its answer means.
struct ConnectRequest {
    let target: ControllerAddress
    let proxy: Proxy
    let userAgent: String

    var bytes: ByteBuffer {
        let authority = "\(self.target.host.asURLHost):\(self.target.port)"
        var head = ByteBuffer()
        head.writeRequestLine("CONNECT", authority)
        head.writeField("Host", authority)
        head.writeField("User-Agent", self.userAgent)
        if let credentials = self.proxy.credentials {
            let pair = Array("\(credentials.user):\(credentials.password)".utf8)
            let text = String(unsafeUninitializedCapacity: Base64.encodedLength(pair.count)) { room in
                pair.withUnsafeBytes { Base64.encode($0, into: UnsafeMutableRawPointer(room.baseAddress!)) }
            }
            head.writeField("Proxy-Authorization", "Basic " + text)
        }
        head.endHead()
        return head
    }

    /// - Returns: `nil` when the way is open.
    func refusal(_ head: ResponseHead) -> DialError? {
        switch head.status {
        case 200..<300: nil
        // Some proxies answer 401 where 407 is meant.
        case 401, 407: .failed(.proxy, "the proxy \(self.proxy) \(self.wish(head))")
        case 403: .failed(.proxy, "the proxy \(self.proxy) does not allow connections to \(self.target.host) (403)")
        case 502, 503, 504:
            .failed(.proxy, "the proxy \(self.proxy) cannot reach \(self.target.host) (\(head.status))")
        default: .failed(.proxy, "the proxy \(self.proxy) answered CONNECT with HTTP \(head.status)")
        }
    }

    /// What a proxy wants that answers 407.
    private func wish(_ head: ResponseHead) -> String {
        let schemes = RefusalAdvice.schemes(head, head.status == 401 ? "www-authenticate" : "proxy-authenticate")
        let names = schemes.map { $0.lowercased() }
        if !names.isEmpty, !names.contains("basic") {
            let offer = schemes.joined(separator: ", ")
            return "wants a log-in by \(offer) (\(head.status)), and the agent can only give Basic; have this host let "
                + "through without a log-in, or put a proxy between that can do it"
        }
        return self.proxy.credentials == nil
            ? "wants a user name and a password (\(head.status)); put user:password@ into its URL"
            : "refused the user name or password (\(head.status))"
    }

    func failure(_ failure: HeadExchange.Failure) -> DialError {
        switch failure {
        case .silent: .failed(.proxy, "the proxy \(self.proxy) did not answer in time")
        case .slow: .failed(.proxy, "the proxy \(self.proxy) began to answer and did not end in time")
        case .notHTTP:
            .failed(.proxy, "the proxy \(self.proxy) does not speak HTTP; is it a SOCKS proxy, or one inside TLS?")
        case .onlyInterim: .failed(.proxy, "the proxy \(self.proxy) sent interim answers (1xx) only")
        case .closed: .failed(.proxy, "the proxy \(self.proxy) closed the connection without an answer")
        case .broken(let error): .failed(.proxy, ConnectFailure.broken(error, "the proxy \(self.proxy)"))
        }
    }
}
