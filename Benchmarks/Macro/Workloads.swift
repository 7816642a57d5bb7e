import Foundation
import Synchronization

/// What is measured, one function each; all of them on one agent that has been welcomed.
struct Workloads {
    let agent: AgentProcess
    let session: Session
    let direct: DirectClient
    let logBytes: Int

    private static let patience = DispatchTimeInterval.seconds(60)

    private static func wait(_ semaphore: DispatchSemaphore, _ what: String) {
        guard semaphore.wait(timeout: .now() + self.patience) == .success else { fail("\(what): no end in 60 s") }
    }

    /// Runs `body` and returns the agent's CPU seconds.
    private func cpu(_ body: () -> Void) -> Double {
        let before = self.agent.cpu
        body()
        return self.agent.cpu - before
    }

    // MARK: Requests

    func requests(_ results: inout Results) {
        let count = 5000
        var latencies: [Double] = []
        let cpu = self.cpu { latencies = (0..<count).map { _ in self.requestLatency("/version") } }
        let direct = self.direct.latencies("/version", count: count)
        results.add("request, p50", "µs", median(latencies) * 1e6, direct: median(direct) * 1e6)
        results.add("request, p99", "µs", quantile(latencies, 0.99) * 1e6, direct: quantile(direct, 0.99) * 1e6)
        results.add("request, agent's CPU", "µs", cpu / Double(count) * 1e6)
    }

    private func requestLatency(_ path: String) -> Double {
        let done = DispatchSemaphore(value: 0)
        let start = ContinuousClock.now
        let id = self.session.request(path) { message in
            guard message.type == "response" else { fail("\(path): \(message.type)") }
            done.signal()
        }
        Self.wait(done, path)
        self.session.close(id)
        return start.duration(to: .now).seconds
    }

    /// Each answer is followed by the next request.
    func concurrentRequests(_ results: inout Results) {
        let (total, inFlight) = (40_000, 64)
        let latencies = Mutex<[Double]>([])
        let begun = Atomic(0)
        let done = DispatchSemaphore(value: 0)
        let session = self.session
        @Sendable func next() {
            guard begun.wrappingAdd(1, ordering: .relaxed).oldValue < total else { return }
            let start = ContinuousClock.now
            _ = session.request("/version") { message in
                session.close(message.id)
                let count = latencies.withLock { all in
                    all.append(start.duration(to: .now).seconds)
                    return all.count
                }
                if count == total { done.signal() } else { next() }
            }
        }
        let cpu = self.cpu {
            for _ in 0..<inFlight { next() }
            Self.wait(done, "\(inFlight) in flight")
        }
        let all = latencies.withLock { $0 }
        results.add("64 in flight, p50", "µs", median(all) * 1e6)
        results.add("64 in flight, p99", "µs", quantile(all, 0.99) * 1e6)
        results.add("64 in flight, agent's CPU", "µs", cpu / Double(total) * 1e6)
    }

    func list(_ results: inout Results) {
        let count = 100
        var latencies: [Double] = []
        let cpu = self.cpu { latencies = (0..<count).map { _ in self.requestLatency("/containers/json?all=true") } }
        let direct = self.direct.latencies("/containers/json?all=true", count: count)
        results.add("list of 1,000 containers, p50", "ms", median(latencies) * 1e3, direct: median(direct) * 1e3)
        results.add("list of 1,000 containers, agent's CPU", "ms", cpu / Double(count) * 1e3)
    }

    // MARK: Streams

    func log(_ results: inout Results) {
        var seconds = 0.0
        let cpu = self.cpu {
            let stream = LogStream(self.session, bytes: self.logBytes)
            stream.wait()
            seconds = stream.seconds
        }
        let mebibytes = Double(self.logBytes) / 1048576
        results.add("log", "MiB/s", mebibytes / seconds, direct: mebibytes / self.direct.log(self.logBytes))
        results.add("log, agent's CPU", "s/GiB", cpu / mebibytes * 1024)
    }

    func stall(_ results: inout Results) {
        let idle = self.agent.resident
        self.agent.resetPeak()
        let stream = LogStream(self.session, bytes: self.logBytes)
        self.session.standStill(seconds: 10)
        stream.wait()
        results.add("controller that reads nothing for 10 s, peak over idle", "MiB", max(0, self.agent.peak - idle))
    }

    // MARK: Exec

    func echo(_ results: inout Results) {
        let count = 5000
        let exec = Exec(self.session)
        var latencies: [Double] = []
        let cpu = self.cpu { latencies = (0..<count).map { _ in exec.echo() } }
        exec.close()
        let direct = self.direct.echoes(count)
        results.add("key press, p50", "µs", median(latencies) * 1e6, direct: median(direct) * 1e6)
        results.add("key press, p99", "µs", quantile(latencies, 0.99) * 1e6, direct: quantile(direct, 0.99) * 1e6)
        results.add("key press, agent's CPU", "µs", cpu / Double(count) * 1e6)
    }

    func echoBesideLog(_ results: inout Results) {
        let exec = Exec(self.session)
        let stream = LogStream(self.session, bytes: self.logBytes)
        var latencies: [Double] = []
        while !stream.isOver {
            latencies.append(exec.echo())
            usleep(1000)
        }
        stream.wait()
        exec.close()
        results.add("key press beside a full log, p50", "ms", median(latencies) * 1e3)
        results.add("key press beside a full log, p99", "ms", quantile(latencies, 0.99) * 1e3)
    }

    func hundredExecs(_ results: inout Results) {
        let (sessions, messages) = (100, 200)
        let idle = self.agent.anonymous
        let execs = (0..<sessions).map { _ in Exec(self.session) }
        results.add("memory of 100 execs, over idle", "MiB", self.agent.anonymous - idle)
        let cpu = self.cpu {
            for exec in execs { exec.beginChain(messages) }
            for exec in execs { exec.waitForChain() }
        }
        for exec in execs { exec.close() }
        results.add("100 execs, agent's CPU for each message", "µs", cpu / Double(sessions * messages) * 1e6)
    }

    func memory(_ results: inout Results) {
        let idle = self.agent.anonymous
        results.add("memory when idle", "MiB", idle)
        let begun = DispatchSemaphore(value: 0)
        let ids = (0..<100).map { _ in
            self.session.request("/containers/silent/logs?follow=1") { message in
                if message.type == "response" { begun.signal() }
            }
        }
        for _ in ids { Self.wait(begun, "100 streams") }
        results.add("memory of 100 streams, over idle", "MiB", self.agent.anonymous - idle)
        for id in ids {
            self.session.close(id)
            self.session.send(#"{"type":"stream_end","data":{"requestId":"\#(id)","reason":"canceled"}}"#)
        }
    }
}
