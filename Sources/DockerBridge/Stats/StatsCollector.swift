import Base
import NIOCore

/// Asks the engine what every running container uses, on demand.
///
/// No question: no work. Several at the same time, or soon after each other: one round for all of them.
package actor StatsCollector {
    /// Requests under way at once: each keeps the engine busy for some milliseconds.
    private static let atOnce = 8
    private static let patience = Duration.seconds(10)
    /// A round answers everybody who asks within this time; scrapes are further apart.
    private static let freshness = Duration.seconds(2)
    /// Bytes of one document; a host with a hundred networks needs a tenth of it.
    private static let documentLimit = 1 << 20

    private let engine: EngineAPI
    private var last: (at: ContinuousClock.Instant, asked: Set<String>, stats: [String: ContainerStats])?
    private var running: (asked: Set<String>, task: Task<[String: ContainerStats], Never>)?

    package init(engine: EngineAPI) {
        self.engine = engine
    }

    /// - Parameter ids: of running containers.
    /// - Returns: by id; one that did not answer is missing.
    package func stats(of ids: [String]) async -> [String: ContainerStats] {
        // A round that began before some of these containers were known is no answer for them.
        let asked = Set(ids)
        if let last, last.at.duration(to: .now) < Self.freshness, last.asked.isSuperset(of: asked) { return last.stats }
        if let running, running.asked.isSuperset(of: asked) { return await running.task.value }
        let task = Task { await self.round(ids) }
        self.running = (asked, task)
        let stats = await task.value
        if self.running?.task == task { self.running = nil }
        self.last = (.now, asked, stats)
        return stats
    }

    package static func target(of id: String) -> String { "/containers/\(id)/stats?stream=false&one-shot=true" }

    private func round(_ ids: [String]) async -> [String: ContainerStats] {
        let engine = self.engine
        let answers = await concurrently(ids, limit: Self.atOnce) { ($0, await Self.ask(engine, $0)) }
        return Dictionary(answers.compactMap { id, stats in stats.map { (id, $0) } }) { $1 }
    }

    private static func ask(_ engine: EngineAPI, _ id: String) async -> ContainerStats? {
        let patience = TimeAmount(Self.patience)
        let target = Self.target(of: id)
        guard let response = try? await engine.get(target, limit: Self.documentLimit, timeout: patience),
            response.isSuccess
        else { return nil }
        return ContainerStats(parsing: response.body)
    }
}
