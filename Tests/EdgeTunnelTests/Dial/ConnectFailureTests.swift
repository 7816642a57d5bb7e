import Glibc
import NIOCore
import Testing

@testable import EdgeTunnel

@Suite struct ConnectFailureTests {
    @Test(
        arguments: [
            (ECONNREFUSED, "connection refused; is the controller running"), (ETIMEDOUT, "a firewall may drop"),
            (EHOSTUNREACH, "no route"), (ENETUNREACH, "no route"), (EACCES, "Permission denied"),
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
}
