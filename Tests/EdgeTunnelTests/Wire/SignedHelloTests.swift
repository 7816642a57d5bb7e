import Auth
import Drydock
import NIOCore
import Testing

@testable import EdgeTunnel

@Suite struct SignedHelloTests {
    private static let pem = """
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f
        -----END PRIVATE KEY-----
        """

    private static func text(
        _ dialect: Dialect,
        timestamp: Int64,
        nonce: String,
        name: String = "edge-host-01",
        offersCompose: Bool = true
    ) throws -> String {
        let hello = SignedHello(
            dialect: dialect,
            agentID: "edge-host-01",
            agentName: name,
            hostname: "host",
            agentVersion: "0.3.0",
            dockerVersion: "27.0.3",
            offersCompose: offersCompose
        )
        var buffer = ByteBuffer()
        hello.write(
            into: &buffer,
            key: try SigningKey(pem: Self.pem),
            timestamp: timestamp,
            nonce: try #require(Nonce(nonce))
        )
        return String(buffer: buffer)
    }

    /// The contract's vectors 3 and 4, complete: the bytes of the frame, the signature in them.
    @Test(
        arguments: [
            (
                .lookout, "lookout/1.0", 1_767_225_605, "505152535455565758595a5b5c5d5e5f",
                "MK7w8A8K1OsG_aRvhpsQHS03xDxXqy-yMX8z994U9BC_KcN5OWQm6S_7rjQFq_RlpgHLBhwuJI0sB9IG-DCcDA"
            ),
            (
                .portwing, "portwing/1.0", 1_767_225_606, "606162636465666768696a6b6c6d6e6f",
                "8a5wG5YovOQrEqyw96cOcx4PE3zPKgjy-iemgDqrTiPzrVMJ95CIGog-XKPKNqrX7atRU_XlcmZl-H5Ey5NhBQ"
            ),
        ] as [(Dialect, String, Int64, String, String)]
    )
    func theHelloIsSignedForItsDialect(
        dialect: Dialect,
        protocolName: String,
        timestamp: Int64,
        nonce: String,
        signature: String
    ) throws {
        let expected = """
            {"type":"hello","data":{"version":"0.3.0","protocol":"\(protocolName)","agentId":"edge-host-01",\
            "agentName":"edge-host-01","dockerVersion":"27.0.3","hostname":"host",\
            "capabilities":["compose","exec","metrics","events","dd:container-sync","dd:logs",\
            "edge-response-body-b64","edge-request-body-stream"],\
            "drydockCompat":"1.4.0","watcherTypes":["docker"],"pubKeyId":"56475aa75463474c",\
            "timestamp":\(timestamp),"nonce":"\(nonce)","signature":"\(signature)"}}
            """
        #expect(try Self.text(dialect, timestamp: timestamp, nonce: nonce) == expected)
    }

    @Test func composeIsClaimedOnlyWhereItIsOffered() throws {
        let nonce = String(repeating: "0", count: 32)
        let text = try Self.text(.portwing, timestamp: 1, nonce: nonce, offersCompose: false)
        #expect(text.contains(#""capabilities":["exec","metrics","#))
        #expect(!text.contains("compose"))
    }

    @Test func namesAreEscaped() throws {
        let text = try Self.text(.portwing, timestamp: 1, nonce: String(repeating: "0", count: 32), name: "a\"\n\\")
        #expect(text.contains(#""agentName":"a\"\n\\","#))
    }
}
