import Testing

@testable import EdgeTunnel

@Suite struct ClockOffsetTests {
    @Test(
        arguments: [
            (1000, 1_000_500, 0, 0), (1000, 970_500, 0, 30), (1000, 4_600_500, 0, -3600), (1000, 998_500, 2000, 3),
            (90_000, 3_600_500, 0, 86_400),
        ] as [(Int64, Int64, Int, Int64)]
    )
    func theOffsetIsWhatIsMissing(server: Int64, local: Int64, roundTrip: Int, offset: Int64) throws {
        #expect(
            try ClockOffset.seconds(server: server, local: local, roundTrip: .milliseconds(roundTrip)) == offset
        )
    }

    @Test(arguments: [86_401, -86_401] as [Int64])
    func moreThanADayIsRefused(seconds: Int64) {
        #expect(throws: ClockOffset.Failure.tooLarge(seconds: seconds)) {
            try ClockOffset.seconds(server: 1_000_000 + seconds, local: 1_000_000_500, roundTrip: .zero)
        }
        let words = seconds > 0 ? "86401 s behind the controller's" : "86401 s ahead of the controller's"
        #expect("\(ClockOffset.Failure.tooLarge(seconds: seconds))".contains("this host's clock is \(words)"))
    }

    @Test func theWordsSayWhichOfTheTwoIsLate() {
        #expect(ClockOffset.words(3) == "3 s behind")
        #expect(ClockOffset.words(-3) == "3 s ahead of")
        #expect(ClockOffset.words(0) == "equal to")
    }
}
