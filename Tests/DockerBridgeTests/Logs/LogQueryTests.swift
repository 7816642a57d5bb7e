import Testing

@testable import DockerBridge

@Suite struct LogQueryTests {
    @Test func onlyWhatIsAskedForIsInTheTarget() {
        var query = LogQuery()
        #expect(query.target(containerID: "c") == "/containers/c/logs?stdout=1&stderr=1")
        query.follow = true
        query.timestamps = true
        query.tail = 5
        query.since = "7"
        query.until = "9.5"
        #expect(
            query.target(containerID: "c")
                == "/containers/c/logs?stdout=1&stderr=1&follow=1&timestamps=1&tail=5&since=7&until=9.5"
        )
    }

    @Test(arguments: ["0", "1767225600", "1767225600.000000001"])
    func secondsAreATime(text: String) {
        #expect(LogQuery.isTime(text))
    }

    @Test(arguments: ["", "-1", ".", "1.", ".5", "1.2.3", "10m", "2026-01-01T00:00:00Z", "1&tail=1", "1e9", "٣"])
    func everythingElseIsNone(text: String) {
        #expect(!LogQuery.isTime(text))
    }
}
