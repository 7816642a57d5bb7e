import Foundation
import NIOSSL
import Testing

@testable import EdgeTunnel

/// Files that are not what they should be, each named with its variable.
@Suite struct TLSContextTests {
    private let authority: TestAuthority

    init() async throws {
        self.authority = try await TestAuthority()
    }

    private func fault(
        role: TLSPeer.Role = .controller,
        verifies: Bool = true,
        roots: SystemRoots? = nil,
        _ change: (inout DialSettings.TLS) throws -> Void = { _ in }
    ) throws -> String? {
        var settings = DialSettings.TLS()
        try change(&settings)
        let peer = TLSPeer(role: role, host: "h", verifies: verifies, pins: [])
        let roots = roots ?? SystemRoots(bundles: [self.authority.file], folder: "/nowhere")
        do throws(DialError) {
            _ = try TLSContext.make(settings, for: peer, roots: roots)
            return nil
        } catch {
            return error.end.description
        }
    }

    @Test func aBundleAndAPairThatFitAreTaken() async throws {
        let leaf = try await self.authority.leaf("DNS:h")
        let fault = try self.fault {
            $0.caCertificateFile = self.authority.file
            $0.client = .init(certificateFile: leaf.file, keyFile: leaf.keyFile)
        }
        #expect(fault == nil)
    }

    @Test func aBundleThatIsNoneIsNamed() throws {
        let missing = try self.fault { $0.caCertificateFile = "/nowhere/ca.pem" }
        #expect(missing == "tls failed: CA_CERT: /nowhere/ca.pem does not exist")
        let path = try self.authority.write("no certificate\n", to: "text")
        let text = try self.fault { $0.caCertificateFile = path }
        #expect(text?.hasPrefix("tls failed: CA_CERT: \(path) ") == true)
    }

    @Test func aClientsPairThatDoesNotFitIsNamed() async throws {
        let (one, other) = (try await self.authority.leaf("DNS:a"), try await self.authority.leaf("DNS:b"))
        let mixed = try self.fault { $0.client = .init(certificateFile: one.file, keyFile: other.keyFile) }
        #expect(
            mixed?.hasPrefix("tls failed: CLIENT_CERT and CLIENT_KEY do not fit together") == true,
            "\(mixed ?? "")"
        )
        let swapped = try self.fault { $0.client = .init(certificateFile: one.file, keyFile: one.file) }
        #expect(swapped?.hasPrefix("tls failed: CLIENT_KEY: \(one.file) cannot be read") == true)
        let missing = try self.fault { $0.client = .init(certificateFile: "/nowhere", keyFile: one.keyFile) }
        #expect(missing?.hasPrefix("tls failed: CLIENT_CERT: /nowhere cannot be read") == true)
    }

    @Test func aBrokenEntryDoesNotTakeTheOthersWithIt() throws {
        let good = try String(contentsOfFile: self.authority.file, encoding: .utf8)
        let path = try self.authority.write("-----BEGIN CERTIFICATE-----\nAAAA\n" + good, to: "mixed")
        #expect(try self.fault { $0.caCertificateFile = path } == nil)
    }

    @Test func aKeyForRSAPSSAloneIsNamed() async throws {
        let leaf = try await self.authority.leaf("DNS:agent", key: .rsaPSS)
        let fault = try self.fault { $0.client = .init(certificateFile: leaf.file, keyFile: leaf.keyFile) }
        #expect(
            fault?.hasPrefix("tls failed: CLIENT_CERT: \(leaf.file) is for an RSA-PSS key") == true,
            "\(fault ?? "")"
        )
    }

    /// Their names end in `Error` or hold the file and line of a library's source.
    @Test func noFaultHoldsTheLibrarysWords() async throws {
        let (one, other) = (try await self.authority.leaf("DNS:a"), try await self.authority.leaf("DNS:b"))
        let faults = try [
            self.fault { $0.client = .init(certificateFile: one.file, keyFile: other.keyFile) },
            self.fault { $0.client = .init(certificateFile: one.file, keyFile: one.file) },
            self.fault { $0.client = .init(certificateFile: one.keyFile, keyFile: one.keyFile) },
            self.fault(roots: SystemRoots(bundles: [one.keyFile], folder: "/nowhere")),
        ]
        for fault in faults {
            let text = try #require(fault)
            for mark in ["Error", "OPENSSL", "failedTo", ".cc:", "X509"] { #expect(!text.contains(mark), "\(text)") }
        }
    }

    @Test func aProxyDoesNotSeeTheClientsCertificate() throws {
        let proxy = TLSPeer.Role.proxy(try Proxy(parsing: "https://proxy"))
        let fault = try self.fault(role: proxy) { $0.client = .init(certificateFile: "/nowhere", keyFile: "/nowhere") }
        #expect(fault == nil)
    }

    @Test func aHostWithoutAuthoritiesIsToldWhatToDo() throws {
        let none = SystemRoots(bundles: ["/nowhere/ca.crt"], folder: "/nowhere")
        let fault = try self.fault(roots: none)
        #expect(fault?.hasPrefix("tls failed: this host has no certificate authorities: ") == true, "\(fault ?? "")")
        #expect(fault?.contains("CA_CERT") == true)
        #expect(try self.fault(roots: none) { $0.caCertificateFile = self.authority.file } == nil)
        #expect(try self.fault(verifies: false, roots: none) == nil)
    }

    @Test func aFolderOfAuthoritiesIsTakenAsItIs() throws {
        _ = try self.authority.write("", to: "0a1b2c3d.0")
        #expect(try self.fault(roots: SystemRoots(bundles: [], folder: self.authority.folder)) == nil)
    }

    /// Most hosts have both.
    @Test func theAuthoritiesOfThisHostAreTaken() throws {
        #expect(try self.fault(roots: .usual) == nil)
    }

    @Test func aBundleOfTheSystemThatHoldsNoCertificateIsAFault() throws {
        let path = try self.authority.write("no certificate\n", to: "bundle")
        let fault = try self.fault(roots: SystemRoots(bundles: [path], folder: "/nowhere"))
        #expect(fault?.hasPrefix("tls failed: the certificate authorities cannot be loaded") == true, "\(fault ?? "")")
    }
}
