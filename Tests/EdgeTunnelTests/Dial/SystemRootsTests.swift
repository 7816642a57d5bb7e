import Testing

@testable import EdgeTunnel

/// Which of the places count.
@Suite struct SystemRootsTests {
    private let authority: TestAuthority

    init() async throws {
        self.authority = try await TestAuthority()
    }

    @Test func theFirstBundleThatIsThereAndNotEmptyCounts() throws {
        let empty = try self.authority.write("", to: "empty.crt")
        let (one, other) = (try self.authority.write("1", to: "1.crt"), try self.authority.write("2", to: "2.crt"))
        let roots = SystemRoots(
            bundles: ["/nowhere/ca.crt", self.authority.folder, empty, one, other],
            folder: "/nowhere"
        )
        #expect(roots.found() == one)
    }

    @Test func aFolderCountsWhereThereIsNoBundle() throws {
        let folder = self.authority.folder
        let file = self.authority.file
        #expect(SystemRoots(bundles: [], folder: folder).found() == nil, "no file is named by a hash yet")
        _ = try self.authority.write("", to: "0a1b2c3d.0")
        #expect(SystemRoots(bundles: [file], folder: folder).found() == file)
        #expect(SystemRoots(bundles: [], folder: folder).found() == folder)
    }

    @Test(arguments: [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem",
    ])
    func theUsualPlacesOfDebianRedHatAndAlpineAreKnown(_ place: String) {
        #expect(SystemRoots.usual.bundles.contains(place))
    }
}
