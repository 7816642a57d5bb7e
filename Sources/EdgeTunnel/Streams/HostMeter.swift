import DockerBridge
import NIOCore

/// Takes the host's figures at once and then at each heartbeat, while a session lasts.
///
/// Concurrency: lives on one event loop; the sample is taken elsewhere.
final class HostMeter {
    private let sample: @Sendable () async -> HostFigures
    private let interval: TimeAmount
    private let eventLoop: any EventLoop
    private var measured: ((HostFigures) -> Void)?
    private var next: Scheduled<Void>?

    init(
        eventLoop: any EventLoop,
        interval: TimeAmount,
        sample: @escaping @Sendable () async -> HostFigures
    ) {
        self.eventLoop = eventLoop
        self.interval = interval
        self.sample = sample
    }

    /// - Parameter measured: called on the event loop with every sample, until `stop`.
    func start(_ measured: @escaping (HostFigures) -> Void) {
        self.measured = measured
        self.measure()
    }

    func stop() {
        self.measured = nil
        self.next?.cancel()
    }

    /// A sample that takes long is not overtaken by the next one.
    private func measure() {
        let (sample, meter) = (self.sample, NIOLoopBound(self, eventLoop: self.eventLoop))
        Task {
            let figures = await sample()
            meter.eventLoop.execute { meter.value.took(figures) }
        }
    }

    private func took(_ figures: HostFigures) {
        guard let measured = self.measured else { return }
        measured(figures)
        self.next = self.eventLoop.assumeIsolated().scheduleTask(in: self.interval) { self.measure() }
    }
}
