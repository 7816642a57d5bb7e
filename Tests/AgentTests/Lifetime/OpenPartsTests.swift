import ServiceLifecycle
import Support
import Testing

@testable import Agent

@Suite(.timeLimit(.minutes(1))) struct OpenPartsTests {
    @Test func aPartIsOpenFromItsBeginningToItsEnd() async throws {
        let parts = OpenParts()
        let result = await parts.during("listener") {
            await parts.during("audit trail") {
                #expect(parts.names == ["listener", "audit trail"])
            }
            #expect(parts.names == ["listener"])
            return 7
        }
        #expect(result == 7)
        #expect(parts.names.isEmpty)
    }

    @Test func aPartThatFailsHasEndedToo() async {
        let parts = OpenParts()
        await #expect(throws: CancellationError.self) {
            try await parts.during("tunnel") { throw CancellationError() }
        }
        #expect(parts.names.isEmpty)
    }

    @Test func aServiceIsAPartWhileItRuns() async throws {
        struct Stub: Service {
            let begun: Mailbox<Void>
            let end: Mailbox<Void>

            func run() async throws {
                self.begun.put(())
                try await self.end.next()
            }
        }
        let parts = OpenParts()
        let stub = Stub(begun: Mailbox(), end: Mailbox())
        let service = parts.part("inventory", stub)
        async let running: Void = service.run()
        try await stub.begun.next()
        #expect(parts.names == ["inventory"])
        stub.end.put(())
        try await running
        #expect(parts.names.isEmpty)
    }
}
