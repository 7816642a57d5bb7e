/// Blocks of memory that a step on a hot path may ask for, at most.
///
/// Counted in a debug build, which asks for more than an optimised one: what is held here is that nobody adds an array, a
/// string or a second buffer to a path that runs for every frame. The numbers are what Swift 6.3 needed; lower one when the code learns to do with less.
enum AllocationBudget {
    /// A `request` frame becomes a request: its id, method, path and header lines, and the body as a view; and the lengths
    /// of all of them are checked.
    static let requestIn = 6
    /// An `exec_input` frame becomes bytes: its id and one buffer.
    static let keyIn = 3
    /// A read burst of a log becomes one frame, ready for the socket.
    static let logBurstOut = 5
    /// Output of a terminal becomes one frame, ready for the socket.
    static let keyOut = 5
    /// A plain answer becomes one frame, ready for the socket.
    static let answerOut = 18
    /// A chunk of an engine's answer becomes body bytes: views.
    static let chunkIn = 0
}
