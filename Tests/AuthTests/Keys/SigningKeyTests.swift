import Auth
import Foundation
import Support
import Testing

@Suite struct SigningKeyTests {
    @Test(arguments: Vectors.all)
    func signsTheVectorsToTheByte(_ vector: Vector) throws {
        #expect(try Vectors.signingKey().signature(of: vector.request).base64url == vector.signature)
    }

    @Test func publicKeyBelongsToTheSeed() throws {
        let hex = try Vectors.signingKey().verifyingKey.rawBytes.map { String(format: "%02x", $0) }.joined()
        #expect(hex == Vectors.publicKey)
    }

    @Test func writesTheKeyAsItWasRead() throws {
        #expect(try Vectors.signingKey().pemText == Vectors.pem)
    }

    @Test func generatedKeysDifferAndReadBack() throws {
        let key = SigningKey.generate()
        #expect(try SigningKey(pem: key.pemText).verifyingKey == key.verifyingKey)
        #expect(SigningKey.generate().verifyingKey != key.verifyingKey)
    }

    @Test func loadsWhatOpenSSLGeneratesAndAgreesOnThePublicKey() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("agent.pem")
        try await OpenSSL.run("genpkey", "-algorithm", "ed25519", "-out", path)
        let key = try SigningKey.load(path: path)

        #expect(try key.pemText == folder.read("agent.pem"))
        let der = try await OpenSSL.run("pkey", "-in", path, "-pubout", "-outform", "DER")
        #expect(Array(der.suffix(32)) == key.verifyingKey.rawBytes)
    }

    @Test func openSSLAcceptsOurSignature() async throws {
        let folder = try TemporaryFolder()
        let key = SigningKey.generate()
        let keyPath = try folder.write(key.pemText, to: "agent.pem")
        let request = Vectors["2b"].request
        let signature = try #require(Base64.decodeURL(key.signature(of: request).base64url))
        try Data(request.bytes).write(to: URL(fileURLWithPath: folder.file("message")))
        try Data(signature).write(to: URL(fileURLWithPath: folder.file("signature")))
        try await OpenSSL.run(
            "pkeyutl",
            "-verify",
            "-inkey",
            keyPath,
            "-rawin",
            "-in",
            folder.file("message"),
            "-sigfile",
            folder.file("signature")
        )
    }

    @Test(arguments: [
        ("the key file line behind it, as keygen prints", Vectors.pem + Vectors.keyLine + "\n"),
        ("a byte order mark before it", "\u{feff}" + Vectors.pem),
        ("text before it", "# my key\nsome words\n" + Vectors.pem),
        ("CRLF", Vectors.pem.replacing("\n", with: "\r\n")),
        ("no final line feed", String(Vectors.pem.dropLast())),
        ("short base64 lines", Vectors.pem.replacing("BCIEIAAB", with: "BCIE\nIAAB\n")),
        ("blanks behind the markers", Vectors.pem.replacing("KEY-----", with: "KEY----- \t")),
        ("a second block behind it", Vectors.pem + SigningKey.generate().pemText),
    ])
    func ignoresWhatStandsAround(name: String, text: String) throws {
        #expect(try SigningKey(pem: text).verifyingKey.keyID == Vectors.keyID)
    }

    @Test func acceptsVersionOneWithItsOwnPublicKey() throws {
        let key = try Vectors.signingKey()
        #expect(
            try SigningKey(pem: Self.versionOne(publicKey: key.verifyingKey.rawBytes)).verifyingKey == key.verifyingKey
        )
    }

    @Test func refusesVersionOneWithAnotherPublicKey() throws {
        let other = SigningKey.generate().verifyingKey.rawBytes
        #expect(Self.code { try SigningKey(pem: Self.versionOne(publicKey: other)) } == .keyMismatch)
    }

    @Test(arguments: [
        (
            ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"], KeyFileError.Code.wrongAlgorithm,
            "RSA"
        ),
        (["genpkey", "-algorithm", "X25519"], .wrongAlgorithm, "X25519"),
        (["genpkey", "-algorithm", "ed448"], .wrongAlgorithm, "Ed448"),
        (["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], .wrongAlgorithm, "elliptic curve"),
        (["ecparam", "-genkey", "-noout", "-name", "prime256v1"], .wrongAlgorithm, "EC PRIVATE KEY"),
        (["genpkey", "-algorithm", "ed25519", "-aes256", "-pass", "pass:secret"], .encrypted, "encrypted"),
        (["genrsa", "-traditional", "-aes128", "-passout", "pass:secret", "1024"], .encrypted, "header lines"),
    ])
    func saysWhatItFoundInAnotherKindOfKey(arguments: [String], code: KeyFileError.Code, mention: String) async throws {
        let pem = String(decoding: try await OpenSSL.run(arguments), as: UTF8.self)
        let error = #expect(throws: KeyFileError.self) { try SigningKey(pem: pem) }
        #expect(error?.code == code)
        #expect(error?.description.contains(mention) == true, "\(String(describing: error))")
    }

    @Test(arguments: [
        ("", KeyFileError.Code.noPEMBlock),
        ("\n\n", .noPEMBlock),
        (Vectors.keyLine, .noPEMBlock),
        (Vectors.pem.replacing("\n", with: " "), .badText),
        (Vectors.pem.replacing("\n", with: "\\n"), .badText),
        (Vectors.pem.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n"), .badText),
        ("KEY=" + Vectors.pem, .badText),
        ("-----BEGIN PRIVATE KEY-----\n", .malformed),
        ("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n", .malformed),
        (Vectors.pem.replacing("END PRIVATE", with: "END OTHER"), .malformed),
        (Vectors.pem.replacing("MC4C", with: "MC!C"), .malformed),
        (Vectors.pem.replacing("MC4CAQAw", with: "MC4CAQIw"), .malformed),
        (Vectors.pem.replacing("PRIVATE KEY", with: "OPENSSH PRIVATE KEY"), .wrongFormat),
        (Vectors.pem.replacing("PRIVATE KEY", with: "CERTIFICATE"), .wrongFormat),
        (Vectors.pem.replacing("PRIVATE KEY", with: "PUBLIC KEY"), .wrongFormat),
    ])
    func refusesWhatIsNotAKey(text: String, code: KeyFileError.Code) {
        #expect(Self.code { try SigningKey(pem: text) } == code)
    }

    @Test func everyCutOffContainerIsRefused() throws {
        let der = try #require(Data(base64Encoded: Vectors.pem.split(separator: "\n")[1].description))
        for length in 1..<der.count {
            #expect(Self.code { try SigningKey(pem: Self.pem(der: Array(der.prefix(length)))) } == .malformed)
        }
        #expect(Self.code { try SigningKey(pem: Self.pem(der: Array(der) + [0])) } == .malformed)
    }

    @Test func everyByteChangeIsAnErrorOrAnotherSeedAndNeverACrash() throws {
        let der = try #require(Data(base64Encoded: Vectors.pem.split(separator: "\n")[1].description))
        for index in der.indices {
            for value in UInt8.min...UInt8.max where value != der[index] {
                var changed = Array(der)
                changed[index] = value
                let key = try? SigningKey(pem: Self.pem(der: changed))
                // The seed starts at byte 16; before it only the version may change.
                #expect(index < 16 ? key == nil || key?.verifyingKey.keyID == Vectors.keyID : key != nil)
            }
        }
    }

    static func code(_ body: () throws -> SigningKey) -> KeyFileError.Code? {
        do {
            _ = try body()
            return nil
        } catch {
            return (error as? KeyFileError)?.code
        }
    }

    static func pem(der: [UInt8]) -> String {
        "-----BEGIN PRIVATE KEY-----\n\(Base64.encode(der))\n-----END PRIVATE KEY-----\n"
    }

    static func versionOne(publicKey: [UInt8]) -> String {
        let head: [UInt8] = [
            0x30, 0x51, 0x02, 0x01, 0x01, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
        ]
        return self.pem(der: head + Array(0..<32) + [0x81, 0x21, 0x00] + publicKey)
    }

    @Test(arguments: [
        (Vectors.pem.replacing("\n", with: " "), "has its PEM block on one line; its line breaks are lost"),
        ("\t" + Vectors.pem, "has an indented PEM block"),
        ("KEY='" + Vectors.pem, "has other text on the line with which its PEM block begins"),
    ])
    func aKeyOutOfShapeIsNamed(text: String, detail: String) {
        #expect(#expect(throws: KeyFileError.self) { try SigningKey(pem: text) }?.detail == detail)
    }

    @Test func aKeyInUTF16IsNamed() {
        let bytes: [UInt8] = [0xff, 0xfe] + Vectors.pem.utf8.flatMap { [$0, 0] }
        let error = #expect(throws: KeyFileError.self) { try SigningKey(pem: bytes.span) }
        #expect(error?.code == .badText && error?.detail == "is UTF-16 text")
    }
}
