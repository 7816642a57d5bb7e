import NIOConcurrencyHelpers
import NIOCore

/// Takes the frames of one source to its subscribers, on whichever event loops they live.
///
/// A frame is made once and handed from loop to loop as a reference. Nothing queues up for a subscriber that is slow: what
/// it misses is dropped, and once it reads again it gets what the source says to somebody who was away.
///
/// Concurrency: `subscribe` on the subscriber's event loop; the source lives on its own.
final class EventBroadcast: Sendable {
    private let source: NIOLoopBound<any EventSource>
    private let boards: NIOLockedValueBox<[ObjectIdentifier: NIOLoopBound<EventBoard>]> = .init([:])

    /// Must be called on the source's event loop.
    init(_ source: any EventSource, on eventLoop: any EventLoop) {
        self.source = NIOLoopBound(source, eventLoop: eventLoop)
        source.start { [weak self] batch in self?.post(batch) }
    }

    private func post(_ batch: EventBatch) {
        for board in self.boards.withLockedValue({ Array($0.values) }) {
            // Always a task of its own, also on the same loop: the order of batches and answers must stay.
            board.eventLoop.execute { board.value.post(batch) }
        }
    }

    /// - Parameter answer: has begun.
    func subscribe(_ answer: AnswerStream) {
        let eventLoop = answer.eventLoop
        let board = self.boards.withLockedValue { boards in
            let key = ObjectIdentifier(eventLoop)
            if let board = boards[key] { return board }
            let board = NIOLoopBound(EventBoard(eventLoop), eventLoop: eventLoop)
            boards[key] = board
            return board
        }
        let subscriber = EventSubscriber(answer)
        let bound = NIOLoopBound(subscriber, eventLoop: eventLoop)
        subscriber.catchUp = { [source] position in
            source.eventLoop.execute {
                let batch = source.value.frames(after: position)
                eventLoop.execute { bound.value.caughtUp(batch) }
            }
        }
        board.value.add(subscriber)
        subscriber.start()
    }
}
