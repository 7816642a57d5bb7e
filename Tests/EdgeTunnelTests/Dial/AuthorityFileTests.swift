import Base
import Foundation
import Testing

@testable import EdgeTunnel

/// What a file named by `CA_CERT` may hold.
@Suite(.timeLimit(.minutes(1))) struct AuthorityFileTests {
    private let authority: TestAuthority
    private let good: String

    init() async throws {
        self.authority = try await TestAuthority()
        self.good = try String(contentsOfFile: self.authority.file, encoding: .utf8)
    }

    private func fault(_ text: String) throws -> String { try self.fault(Array(text.utf8)) }

    private func fault(_ bytes: [UInt8]) throws -> String {
        let path = "\(self.authority.folder)/\(UUID().uuidString)"
        try Data(bytes).write(to: URL(filePath: path))
        return Self.fault(path)
    }

    private static func fault(_ path: String) -> String {
        do throws(SettingProblem) {
            let file = try AuthorityFile(reading: path)
            return "\(file.certificates.count) certificates, \(file.omissions)"
        } catch {
            return error.reason
        }
    }

    // MARK: Taken

    @Test(arguments: ["", "\u{feff}", "# the authority at home\n\n", "\r\n"])
    func whatStandsBeforeTheFirstEntryIsSkipped(start: String) throws {
        #expect(try self.fault(start + self.good) == "1 certificates, []")
        #expect(try self.fault(start + self.good + self.good) == "2 certificates, []")
    }

    @Test func theEndsOfLinesMayBeThoseOfWindows() throws {
        #expect(try self.fault(self.good.replacing("\n", with: "\r\n")) == "1 certificates, []")
    }

    @Test func aLinkIsFollowed() throws {
        let link = "\(self.authority.folder)/link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: self.authority.file)
        #expect(Self.fault(link) == "1 certificates, []")
    }

    @Test func aCertificateWithOpenSSLsRemarksIsTaken() async throws {
        let trusted = "\(self.authority.folder)/trusted.pem"
        let authority = self.authority
        try await authority.openssl(["x509", "-in", authority.file, "-trustout", "-out", trusted])
        #expect(try String(contentsOfFile: trusted, encoding: .utf8).contains("BEGIN TRUSTED CERTIFICATE"))
        #expect(Self.fault(trusted) == "1 certificates, []")
    }

    // MARK: Left out

    @Test func aBrokenEntryAmongGoodOnesIsLeftOutAndNamed() throws {
        let cut = "-----BEGIN CERTIFICATE-----\nMIIB\n"
        let text = try self.fault(self.good + cut + self.good)
        #expect(
            text == "2 certificates, "
                + #"["has a certificate that is left out, number 2 of 3: it is cut short or not base64; copy it again"]"#
        )
        let garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
        let other = try self.fault(garbage + self.good)
        #expect(other.hasPrefix("1 certificates, ") && other.contains("number 1 of 2: it does not hold a certificate"))
        let last = try self.fault(self.good + cut)
        #expect(last.hasPrefix("1 certificates, ") && last.contains("number 2 of 2"))
    }

    @Test func anAuthorityWithAWeakKeyIsLeftOut() async throws {
        let weak = try await TestAuthority(key: .rsa(bits: 1024))
        let text = try self.fault(String(contentsOfFile: weak.file, encoding: .utf8) + self.good)
        #expect(text.hasPrefix("1 certificates, ") && text.contains("it has an RSA key of 1024 bits"), "\(text)")
        let alone = Self.fault(weak.file)
        #expect(alone.hasPrefix("holds no certificate that can be used"), "\(alone)")
        #expect(alone.contains("it has an RSA key of 1024 bits"), "\(alone)")
    }

    // MARK: Refused

    @Test func anEmptyFileIsCalledThat() throws {
        #expect(try self.fault("") == "is empty; name a file with the authority's certificate in PEM form")
        #expect(try self.fault([0xef, 0xbb, 0xbf]).hasPrefix("is empty; "))
    }

    @Test func aFolderIsCalledThat() {
        #expect(
            Self.fault(self.authority.folder) == "is a folder; name one file with the certificates in PEM form"
        )
        #expect(Self.fault("/dev/null").hasPrefix("is not a regular file; "))
    }

    @Test func aMissingFileIsCalledThat() {
        #expect(Self.fault("\(self.authority.folder)/none") == "does not exist")
        #expect(Self.fault("\(self.authority.file)/none") == "does not exist")
    }

    @Test func aCertificateInDERIsToldHowToBeConverted() async throws {
        let der = "\(self.authority.folder)/ca.der"
        try await self.authority.openssl(["x509", "-in", self.authority.file, "-outform", "DER", "-out", der])
        #expect(Self.fault(der).hasPrefix("is a DER certificate, and PEM is needed; convert it with `openssl x509 "))
        let bag = "\(self.authority.folder)/ca.p12"
        try await self.authority.openssl(
            ["pkcs12", "-export", "-nokeys", "-in", self.authority.file, "-passout", "pass:marker", "-out", bag]
        )
        #expect(Self.fault(bag).hasPrefix("is binary; name a file "))
    }

    @Test func anotherEncodingIsCalledThat() throws {
        let text = try self.fault([0xff, 0xfe] + self.good.utf8.flatMap { [$0, UInt8(0)] })
        #expect(text.hasPrefix("is UTF-16 text; save it as UTF-8; "))
    }

    @Test func aFileWithoutACertificateIsCalledThat() throws {
        #expect(try self.fault("no certificate\n").hasPrefix("contains no line -----BEGIN CERTIFICATE-----; "))
        #expect(
            try self.fault(self.good.replacing("\n", with: " ")).hasPrefix(
                "has its PEM block on one line; its line"
            )
        )
        let key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
        #expect(try self.fault(key).hasPrefix("holds a PRIVATE KEY and no certificate; "))
    }
}
