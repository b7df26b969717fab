//! One list of handlers, from which both come: a service's router, and its description for openapi.json.
//!
//! `OpenApiRouter` of `utoipa-axum` makes both at once, so a Lambda would build at each start what it never reads: 1.2 ms
//! and most of a megabyte for the auth service. Here they are two functions; what is never called is not in the binary.

use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodFilter, on};
use utoipa::Path;
use utoipa_axum::PathItemExt;

/// Declares `router() -> Router<State>` and `openapi() -> OpenApi` of the handlers that are named, each of which says with
/// `#[utoipa::path]` where it is and what it takes and answers. `module::*` stands for all that a module has declared.
///
/// ```
/// /// Say hello.
/// #[utoipa::path(get, path = "/hello", responses((status = 200, description = "It is said", body = String)))]
/// async fn hello() -> &'static str {
///     "hello"
/// }
///
/// web::routes!(pub, (): hello);
///
/// # fn main() {
/// assert!(router().has_routes());
/// assert!(openapi().paths.paths.contains_key("/hello"));
/// # }
/// ```
#[macro_export]
macro_rules! routes {
    ($vis:vis, $state:ty: $($module:ident::*),+ $(,)?) => {
        /// All routes, without what they have at hand.
        #[must_use]
        $vis fn router() -> ::axum::Router<$state> {
            ::axum::Router::new()$(.merge($module::router()))+
        }

        /// What all of them take and answer.
        #[must_use]
        $vis fn openapi() -> ::utoipa::openapi::OpenApi {
            let mut all = ::utoipa::openapi::OpenApi::default();
            $(all.merge($module::openapi());)+
            all
        }
    };
    ($vis:vis, $state:ty: $($handler:ident),+ $(,)?) => {
        $crate::paste! {
            /// These routes, without what they have at hand.
            #[must_use]
            $vis fn router() -> ::axum::Router<$state> {
                let router = ::axum::Router::new();
                $(let router = $crate::route::<[<__path_ $handler>], _, _, _>(router, $handler);)+
                router
            }
        }

        /// What they take and answer.
        #[must_use]
        $vis fn openapi() -> ::utoipa::openapi::OpenApi {
            #[derive(::utoipa::OpenApi)]
            #[openapi(paths($($handler),+))]
            struct Described;

            <Described as ::utoipa::OpenApi>::openapi()
        }
    };
}

/// The router with one more handler, at the path and for the methods that its description names. For [`routes!`].
#[doc(hidden)]
pub fn route<P: Path, H, T, S>(router: Router<S>, handler: H) -> Router<S>
where
    H: Handler<T, S>,
    T: 'static,
    S: Clone + Send + Sync + 'static,
{
    let methods = P::methods().iter().map(PathItemExt::to_method_filter).reduce(MethodFilter::or);
    match methods {
        Some(methods) => router.route(&P::path(), on(methods, handler)),
        None => router,
    }
}
