import Glibc
import NIOCore
import NIOSSL
import Testing

@testable import EdgeTunnel

@Suite struct ConnectFailureTests {
    @Test(
        arguments: [
            (ECONNREFUSED, "connection refused; is the controller running"), (ETIMEDOUT, "a firewall may drop"),
            (EHOSTUNREACH, "no route"), (ENETUNREACH, "no route"), (EACCES, "this host forbids"),
            (ENETDOWN, "the network is down"), (EADDRNOTAVAIL, "no free port"), (EAFNOSUPPORT, "does not speak"),
            (EMFILE, "LimitNOFILE"), (ENOBUFS, "no memory left"), (EINVAL, "needs its interface"),
            (ECONNRESET, "closed the connection at once"),
        ]
    )
    func everyErrorHasItsWords(code: CInt, words: String) {
        let text = ConnectFailure.text(IOError(errnoCode: code, reason: "connect"), host: "h", isProxy: false)
        #expect(text.contains(words))
    }

    @Test func aProxyIsNotCalledAController() {
        let refused = IOError(errnoCode: ECONNREFUSED, reason: "connect")
        #expect(ConnectFailure.text(refused, host: "h", isProxy: true).contains("is the proxy running"))
    }

    /// Of the connection that did not come about, and of the one that broke.
    @Test(arguments: 1...133)
    func theSystemsWordsStandBehindASentenceOfOurs(code: CInt) {
        let error = IOError(errnoCode: code, reason: "connect")
        let words = String(cString: strerror(code))
        for text in [
            ConnectFailure.text(error, host: "h", isProxy: false), ConnectFailure.broken(error, "the proxy p"),
        ] {
            #expect(!text.contains("errno"))
            guard text.contains(words) else { continue }
            #expect(text.hasPrefix("the connection ") && text.hasSuffix("; the system says: \(words)"), "\(text)")
        }
    }

    @Test func aConnectionThatBreaksHasWords() {
        let reset = IOError(errnoCode: ECONNRESET, reason: "read")
        #expect(ConnectFailure.broken(reset, "the controller") == "the controller closed the connection")
        #expect(
            ConnectFailure.broken(ChannelError.eof, "the controller") == "the connection to the controller had ended"
        )
        #expect(
            ConnectFailure.broken(NIOSSLError.uncleanShutdown, "the controller")
                == "the controller closed the connection without ending TLS"
        )
        let late = IOError(errnoCode: ETIMEDOUT, reason: "read")
        #expect(ConnectFailure.broken(late, "the proxy p").hasPrefix("the proxy p stopped answering"))
        #expect(
            ConnectFailure.broken(NIOSSLError.readInInvalidTLSState, "the controller")
                == "the connection to the controller broke; the library says: readInInvalidTLSState"
        )
    }
}
