import Base
import Testing

@testable import DockerBridge

@Suite struct DiskSpaceTests {
    @Test func aFileSystemHasRoom() throws {
        let space = try DiskSpace.of("/")
        #expect(space.total > 0)
        #expect(space.used > 0)
        #expect(space.used <= space.total)
        #expect(space.free <= space.total - space.used)
    }

    @Test func aPathThatIsMissingHasNone() {
        #expect(throws: SystemFault.self) { try DiskSpace.of("/no/such/path") }
    }
}
