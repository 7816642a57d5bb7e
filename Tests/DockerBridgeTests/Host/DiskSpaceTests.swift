import Testing

@testable import DockerBridge

@Suite struct DiskSpaceTests {
    @Test func aFileSystemHasRoom() throws {
        let space = try #require(DiskSpace.of("/"))
        #expect(space.total > 0)
        #expect(space.used > 0)
        #expect(space.used <= space.total)
        #expect(space.free <= space.total - space.used)
    }

    @Test func aPathThatIsMissingHasNone() {
        #expect(DiskSpace.of("/no/such/path") == nil)
    }
}
