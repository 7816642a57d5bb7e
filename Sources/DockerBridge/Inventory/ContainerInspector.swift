import Base
package import NIOCore

/// Asks the engine about containers and their images, some at a time.
struct ContainerInspector: Sendable {
    /// Requests under way at once: enough to hide the engine's latency, few enough to leave it room for others.
    private static let atOnce = 8
    /// Bytes of one answer: a document with a long health log still fits, and a list of ten thousand containers.
    private static let documentLimit = 4 << 20
    private static let listLimit = 32 << 20
    private static let documentPatience = TimeAmount.seconds(10)
    private static let listPatience = TimeAmount.seconds(30)

    enum Result: Equatable, Sendable {
        case record(ContainerRecord)
        /// The engine gives no inspect document, and this is what its list says.
        case listed(ContainerRecord, status: Int)
        /// There is no such container any more.
        case gone
        /// The engine did not answer, or with an error of its own.
        case unanswered
        case unusable(String)
    }

    let engine: EngineAPI
    let observer: (any InspectObserver)?

    /// - Throws: `BridgeError`, also for an answer that is no list.
    func list() async throws -> [ContainerSummary] {
        let target = "/containers/json?all=true"
        let response = try await self.engine.get(target, limit: Self.listLimit, timeout: Self.listPatience)
        guard response.isSuccess else {
            throw BridgeError(.malformedResponse, "the engine answers \(response.status) to \(target)")
        }
        guard let list = ContainerSummary.list(response.body) else {
            throw BridgeError(.malformedResponse, "the engine's answer to \(target) is no list of containers")
        }
        return list
    }

    /// - Returns: one result for each id, in no order.
    func inspect(_ ids: [String], _ images: inout ImageCache) async -> [(id: String, result: Result)] {
        var results = await concurrently(ids, limit: Self.atOnce) { (id: $0, result: await self.inspect($0)) }
        let unknown = Set(results.compactMap { $0.result.record?.imageID }).filter { !images.knows($0) }
        let answers = await concurrently(Array(unknown), limit: Self.atOnce) { ($0, await self.image($0)) }
        for (id, facts) in answers { images.learn(id, facts) }
        for index in results.indices {
            results[index].result = results[index].result.with(images)
        }
        return results
    }

    private func inspect(_ id: String) async -> Result {
        do {
            let response = try await self.get("/containers/\(id)/json")
            if response.status == 404 { return .gone }
            guard response.isSuccess else { return await self.listed(id, status: response.status) }
            await self.observer?.inspected(id, response.body)
            return .record(try ContainerInspect.read(response.body))
        } catch let error as ContainerInspect.Unusable {
            return .unusable(error.reason)
        } catch let error as BridgeError where error.code == .tooLarge {
            return .unusable(error.detail)
        } catch {
            return .unanswered
        }
    }

    private func listed(_ id: String, status: Int) async -> Result {
        guard let target = ListedContainer.target(id), let response = try? await self.get(target), response.isSuccess,
            let record = ListedContainer.read(id, in: response.body)
        else { return .unanswered }
        return .listed(record, status: status)
    }

    /// - Returns: `nil` when it cannot be asked about now.
    private func image(_ id: String) async -> ImageFacts? {
        guard let response = try? await self.get("/images/\(id)/json") else { return nil }
        return response.isSuccess ? ImageFacts(parsing: response.body) : nil
    }

    private func get(_ target: String) async throws -> CollectedResponse {
        try await self.engine.get(target, limit: Self.documentLimit, timeout: Self.documentPatience)
    }
}

extension ContainerInspector.Result {
    fileprivate var record: ContainerRecord? {
        switch self {
        case .record(let record), .listed(let record, _): record
        case .gone, .unanswered, .unusable: nil
        }
    }

    var mustBeAskedAgain: Bool {
        switch self {
        case .unanswered, .listed: true
        case .record, .gone, .unusable: false
        }
    }

    /// The same, with what is known of the image.
    fileprivate func with(_ images: ImageCache) -> Self {
        guard var record = self.record else { return self }
        record.image = images.facts(of: record.imageID)
        if case .listed(_, let status) = self { return .listed(record, status: status) }
        return .record(record)
    }
}

/// Sees every document of a container that the inventory asks for.
///
/// Concurrency: any thread.
package protocol InspectObserver: Sendable {
    func inspected(_ id: String, _ document: ByteBuffer) async
    func removed(_ ids: [String])
    /// All that there are.
    func present(_ ids: Set<String>)
}

/// What is known of the images in use. An image never changes; what it is called may, and is not worth a question each
/// time.
struct ImageCache {
    /// Says for what machine an image is that cannot be asked about.
    var engine: EngineVersion?
    private var images: [String: ImageFacts] = [:]

    func knows(_ id: String) -> Bool { id.isEmpty || self.images[id] != nil }

    mutating func learn(_ id: String, _ facts: ImageFacts?) {
        self.images[id] = facts
    }

    func facts(of id: String) -> ImageFacts {
        var facts = self.images[id] ?? ImageFacts()
        facts.architecture = facts.architecture ?? self.engine?.architecture
        facts.os = facts.os ?? self.engine?.os
        return facts
    }

    mutating func forget(unless used: Set<String>) {
        self.images = self.images.filter { used.contains($0.key) }
    }
}
