import Base
package import ContainerWatch
import DequeModule
import DockerBridge

/// Follows the engine's events and audits what starts, one after the other, in the order of the events.
///
/// An engine that was away has forgotten its events, and may have started containers before it could be asked: after every
/// connection all that run are looked at, and those whose start was not told of yet are.
package actor Monitor {
    /// From the start of the program to the first answer.
    private static let firstPatience = Duration.seconds(10)
    private static let firstPause = Duration.milliseconds(500)
    /// A stream that lasted this long was a good one.
    private static let stableAfter = Duration.seconds(30)
    private static let longestPause = Duration.seconds(60)
    private static let endOfSecond: Int32 = 999_999_999

    private let watch: LiveCheck
    private let report: MonitorReport
    private let beginsWithThoseThatRun: Bool
    private let output: Output
    private var starts = StartMemory()
    private var cursor = EventCursor()
    private var hasSeenWorst = false
    private var isFirst = true
    private var isLost = false

    /// The reader of the results has closed its end.
    private struct ReaderLeft: Error {}

    /// Where a monitor writes, and how it waits.
    package struct Output: Sendable {
        /// Takes whole lines; false when their reader has left, which ends the monitor.
        let results: @Sendable (String) -> Bool
        /// Takes sentences about the monitor itself.
        let notes: @Sendable (String) -> Void
        /// Waits before another attempt; returns early when the task is cancelled.
        let pause: @Sendable (Duration) async -> Void

        package init(
            results: @escaping @Sendable (String) -> Bool,
            notes: @escaping @Sendable (String) -> Void,
            pause: @escaping @Sendable (Duration) async -> Void = { try? await Task.sleep(for: $0) }
        ) {
            self.results = results
            self.notes = notes
            self.pause = pause
        }
    }

    package init(watch: LiveCheck, report: MonitorReport, beginsWithThoseThatRun: Bool, output: Output) {
        self.watch = watch
        self.report = report
        self.beginsWithThoseThatRun = beginsWithThoseThatRun
        self.output = output
    }

    /// Returns when its task is cancelled, or the reader of the results has left.
    ///
    /// - Returns: whether anything critical or high was seen.
    /// - Throws: `CheckError` when the engine cannot be followed at all.
    package func run() async throws(CheckError) -> Bool {
        do {
            try self.print(self.report.header)
            try await self.followForEver()
        } catch is ReaderLeft {
            // It has seen enough.
        } catch {
            throw error as? CheckError ?? CheckError(.engineUnreachable, BridgeError.words(of: error))
        }
        return self.hasSeenWorst
    }

    private func followForEver() async throws {
        let start = ContinuousClock.now
        var backoff = Backoff(base: .seconds(1), cap: Self.longestPause)
        var generator = SystemRandomNumberGenerator()
        while !Task.isCancelled {
            let began = ContinuousClock.now
            let reason: String
            do {
                reason = try await self.follow()
            } catch let error as ReaderLeft {
                throw error
            } catch {
                reason = BridgeError.words(of: error)
            }
            if Task.isCancelled { return }
            if self.isFirst {
                guard start.duration(to: .now) < Self.firstPatience else {
                    throw CheckError(.engineUnreachable, reason)
                }
                await self.output.pause(Self.firstPause)
                continue
            }
            if began.duration(to: .now) > Self.stableAfter { backoff.reset() }
            if !self.isLost { self.output.notes("lost the engine, trying again: \(reason)") }
            self.isLost = true
            await self.output.pause(backoff.next(using: &generator))
        }
    }

    /// - Returns: why the stream of events is over.
    private func follow() async throws -> String {
        guard await self.watch.engine.refreshVersion() != nil else {
            return "the Docker engine does not answer; is Docker running?"
        }
        let kinds = self.watch.check.looksAtExecs ? ["start", "exec_create"] : ["start"]
        let events = try await self.watch.engine.events(kinds, after: self.cursor)
        do {
            try await self.lookAround()
            while let event = await events.next() { try await self.take(event) }
        } catch {
            self.cursor = await events.close().cursor
            throw error
        }
        let end = await events.close()
        self.cursor = end.cursor
        return end.end ?? "the event stream ended"
    }

    /// All that run: to tell of those that are new, or, at the beginning, to know them.
    private func lookAround() async throws {
        let tells = !self.isFirst || self.beginsWithThoseThatRun
        let running = try await self.watch.containers().checked
        for container in running.sorted(by: { ($0.startedAt, $0.id) < ($1.startedAt, $1.id) }) {
            let isNew = self.starts.insert(container.id, startedAt: container.startedAt, event: nil)
            if isNew, tells { try self.tell(container.findings, of: container.name, at: container.startedAt) }
        }
        if self.isFirst { self.output.notes("following the engine") }
        if self.isLost { self.output.notes("the engine is back") }
        (self.isFirst, self.isLost) = (false, false)
    }

    private func take(_ event: EngineEvent) async throws {
        let name = event.containerName.isEmpty ? String(event.containerID.prefix(12)) : event.containerName
        let moment = UnixTime(
            seconds: Int64(event.time / 1_000_000_000),
            nanoseconds: Int32(event.time % 1_000_000_000)
        )
        let time = moment.rfc3339
        // Where an engine tells only the second, the start may have been at any moment of it.
        let latest =
            event.hasNanoseconds ? moment : UnixTime(seconds: moment.seconds, nanoseconds: Self.endOfSecond)
        do {
            if event.kind == "exec_create" {
                let findings = try await self.watch.exec(
                    event.attribute("execID") ?? "",
                    container: name,
                    containerID: event.containerID,
                    image: event.image
                )
                // A process without findings is nothing that started.
                if let findings, !findings.isEmpty { try self.tell(findings, of: name, at: time) }
                if findings == nil { self.missed("a process in \(name)") }
            } else if let container = try await self.watch.container(event.containerID) {
                let isNew = self.starts.insert(
                    container.id,
                    startedAt: container.startedAt,
                    event: event.time > 0 ? latest : nil
                )
                guard isNew else { return }
                try self.tell(container.findings, of: container.name, at: time)
            } else {
                self.missed("the container \(name)")
            }
        } catch let failure as CheckError {
            self.output.notes("\(name.printable): \(failure)")
        }
    }

    private func missed(_ what: String) {
        self.output.notes("\(what.printable) was gone before it could be looked at")
    }

    private func tell(_ findings: [Finding], of container: String, at time: String) throws {
        self.hasSeenWorst = self.hasSeenWorst || findings.contains { $0.severity >= .high }
        try self.print(self.report.lines(findings, of: container, at: time))
    }

    private func print(_ text: String) throws {
        guard self.output.results(text) else { throw ReaderLeft() }
    }
}

/// Which starts of which containers were told of, so that one that was seen both as an event and in a list is told once.
///
/// The oldest are forgotten first.
struct StartMemory {
    /// More containers than an engine runs.
    static let capacity = 10_000

    private var starts: [String: String] = [:]
    private var order: Deque<String> = []

    /// - Parameters:
    ///   - startedAt: of the document, as the engine writes it; empty is always new, because nothing tells that start from others.
    ///   - event: when the engine told, at the latest, of the start that the document was asked for; `nil` where a list named the
    ///     container.
    /// - Returns: whether it is new.
    mutating func insert(_ id: String, startedAt: String, event: UnixTime?) -> Bool {
        // An engine tells of a start after it. The document is of a later one already, which has an event of its own: of a
        // container that starts again and again, each start is told.
        if let event, let started = UnixTime(rfc3339: startedAt), started > event { return true }
        guard startedAt.isEmpty || self.starts[id] != startedAt else { return false }
        if self.starts.updateValue(startedAt, forKey: id) == nil {
            self.order.append(id)
            if self.order.count > Self.capacity { self.starts[self.order.removeFirst()] = nil }
        }
        return true
    }
}
