import ContainerWatch
import Glibc

extension CalendarDay {
    /// By the host's clock, in UTC.
    static var today: CalendarDay {
        var seconds = time(nil)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let padded = { (number: CInt) in number < 10 ? "0\(number)" : "\(number)" }
        guard let day = CalendarDay("\(parts.tm_year + 1900)-\(padded(parts.tm_mon + 1))-\(padded(parts.tm_mday))")
        else {
            preconditionFailure("the system's calendar has days that ours does not")
        }
        return day
    }
}
