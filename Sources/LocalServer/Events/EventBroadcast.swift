import Base
import DockerBridge
import NIOConcurrencyHelpers
import NIOCore

/// Takes the frames of one source to its subscribers, on whichever event loops they live.
///
/// A frame is made once and handed from loop to loop as a reference. Nothing queues up for a subscriber that is slow: what
/// it misses is dropped, and once it reads again it gets what the source says to a subscriber that was away.
///
/// Concurrency: `subscribe` on the subscriber's event loop; the source lives on its own.
final class EventBroadcast: Sendable {
    private let source: NIOLoopBound<any EventSource>
    private let lists: NIOLockedValueBox<[ObjectIdentifier: NIOLoopBound<EventSubscribers>]> = .init([:])

    /// Must be called on the source's event loop.
    init(_ source: any EventSource, on eventLoop: any EventLoop) {
        self.source = NIOLoopBound(source, eventLoop: eventLoop)
        source.start { [weak self] batch in self?.post(batch) }
    }

    private func post(_ batch: EventBatch) {
        for list in self.lists.withLockedValue({ Array($0.values) }) {
            // Always a task of its own, also on the same loop: the order of batches and answers must stay.
            list.eventLoop.execute { list.value.post(batch) }
        }
    }

    /// - Parameter answer: has begun.
    func subscribe(_ answer: AnswerStream) {
        let eventLoop = answer.eventLoop
        let list = self.lists.withLockedValue { lists in
            let key = ObjectIdentifier(eventLoop)
            if let list = lists[key] { return list }
            let list = NIOLoopBound(EventSubscribers(eventLoop), eventLoop: eventLoop)
            lists[key] = list
            return list
        }
        let subscriber = EventSubscriber(answer)
        let bound = NIOLoopBound(subscriber, eventLoop: eventLoop)
        subscriber.catchUp = { [source] position in
            source.eventLoop.execute {
                let batch = source.value.frames(after: position)
                eventLoop.execute { bound.value.caughtUp(batch) }
            }
        }
        list.value.add(subscriber)
        subscriber.start()
    }
}

/// Where the subscribers of one event stream get their frames from.
///
/// Concurrency: lives on one event loop.
protocol EventSource: AnyObject {
    /// What a subscriber is told that has got everything up to `position`.
    ///
    /// - Parameter position: of the batch it got last; `nil` for one that is new.
    func frames(after position: Int?) -> EventBatch
    /// Calls `changed` with what is new, after every change.
    func start(_ changed: @escaping (EventBatch) -> Void)
}

struct EventBatch: Sendable {
    var frames: [ByteBuffer]
    /// Goes up with every batch.
    var position: Int
}

/// One frame of a server-sent event stream, the way Drydock reads it: `data: ` with exactly one space, one line of JSON, an
/// empty line; no other field.
enum EventFrame {
    /// A comment, which keeps proxies and clients from taking silence for a broken connection.
    static let heartbeat = ByteBuffer(string: ": heartbeat\n\n")

    /// - Parameter write: writes one JSON object.
    static func make(_ write: (inout JSONWriter<ByteBuffer>) -> Void) -> ByteBuffer {
        var frame = ByteBuffer(string: "data: ")
        frame.writeJSON(write)
        frame.writeStaticString("\n\n")
        return frame
    }

    /// `{"type":…,"data":…}`
    static func make(_ type: String, _ writeData: (inout JSONWriter<ByteBuffer>) -> Void) -> ByteBuffer {
        self.make { json in
            json.object { json in
                json.member("type", type)
                json.key("data")
                writeData(&json)
            }
        }
    }
}
