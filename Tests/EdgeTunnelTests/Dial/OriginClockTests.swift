import Testing

@testable import EdgeTunnel

@Suite(.timeLimit(.minutes(1))) struct OriginClockTests {
    private let authority: TestAuthority

    init() async throws {
        self.authority = try await TestAuthority()
    }

    /// What a controller that answers so is read as, and what it heard.
    private func read(_ answer: String) async throws -> (result: Result<OriginClock.Reading, any Error>, heard: String)
    {
        let leaf = try await self.authority.leaf("DNS:drydock.test")
        let server = try await ScriptedServer.following(.startTLS(try leaf.server()), .answer(answer))
        var rig = DialRig()
        rig.settings.tls.caCertificateFile = self.authority.file
        let clock = OriginClock(origin: rig.origin, eventLoop: rig.loop)
        let address = try ControllerAddress(parsing: "https://drydock.test:\(server.port)/prefix")
        var result: Result<OriginClock.Reading, any Error>
        do {
            result = .success(try await clock.read(address))
        } catch {
            result = .failure(error)
        }
        let heard = try await server.nextText()
        try await server.stop()
        return (result, heard)
    }

    @Test func theTimeIsThatOfTheAnswersDate() async throws {
        let answer = "HTTP/1.1 410 Gone\r\nDate: Tue, 24 Nov 2026 02:00:00 GMT\r\nContent-Length: 9\r\n\r\n"
        let (result, heard) = try await self.read(answer)
        let reading = try result.get()
        #expect(reading.server == 1_795_485_600)
        #expect(reading.roundTrip > .zero)
        #expect(heard.hasPrefix("HEAD / HTTP/1.1\r\nHost: drydock.test:"))
        #expect(heard.contains("\r\nConnection: close\r\n"))
    }

    @Test(arguments: ["", "Date: yesterday\r\n"])
    func anAnswerWithoutADateTellsNothing(line: String) async throws {
        let (result, _) = try await self.read("HTTP/1.1 200 OK\r\n\(line)\r\n")
        #expect(throws: OriginClock.Failure.self) { try result.get() }
    }

    @Test(arguments: ["http://drydock.test:1", "https://drydock.test:1"])
    func nobodyIsBelievedWithoutVerifiedTLS(url: String) async throws {
        var rig = DialRig()
        rig.settings.tls.verifies = false
        let clock = OriginClock(origin: rig.origin, eventLoop: rig.loop)
        let address = try ControllerAddress(parsing: url)
        do throws(OriginClock.Failure) {
            _ = try await clock.read(address)
            Issue.record("believed")
        } catch {
            #expect(error.description == "the controller's time is believed only over verified TLS")
        }
    }
}
